package httpapi

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// params reads query parameters and gathers what is wrong with them.
type params struct {
	values url.Values
	errors []error
}

func newParams(ctx huma.Context) *params {
	u := ctx.URL()
	return &params{values: queryOf(&u)}
}

// queryOf reads a query; what cannot be read is missing. A semicolon is a
// character like others to the clients, but not to url.Query.
func queryOf(u *url.URL) url.Values {
	values, _ := url.ParseQuery(strings.ReplaceAll(u.RawQuery, ";", "%3B"))
	return values
}

// text is a string of atLeast to atMost characters.
func (p *params) text(name string, atLeast, atMost int) string {
	if !p.values.Has(name) {
		p.bad(name, "missing", "Field required", nil, nil)
		return ""
	}
	s := validText(p.values.Get(name))
	switch n := utf8.RuneCountInString(s); {
	case n < atLeast:
		p.bad(name, "string_too_short", fmt.Sprintf("String should have at least %d character%s", atLeast, plural(atLeast)), s, map[string]any{"min_length": atLeast})
	case n > atMost:
		p.bad(name, "string_too_long", fmt.Sprintf("String should have at most %d character%s", atMost, plural(atMost)), s, map[string]any{"max_length": atMost})
	}
	return s
}

// number is a whole number from atLeast to atMost, or otherwise if none is given.
func (p *params) number(name string, otherwise, atLeast, atMost int) int {
	if !p.values.Has(name) {
		return otherwise
	}
	s := validText(p.values.Get(name))
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
		p.bad(name, "int_parsing", "Input should be a valid integer, unable to parse string as an integer", s, nil)
	case n < atLeast:
		p.bad(name, "greater_than_equal", fmt.Sprintf("Input should be greater than or equal to %d", atLeast), s, map[string]any{"ge": atLeast})
	case n > atMost:
		p.bad(name, "less_than_equal", fmt.Sprintf("Input should be less than or equal to %d", atMost), s, map[string]any{"le": atMost})
	}
	return n
}

// flag is true or false, or otherwise if it is not given.
func (p *params) flag(name string, otherwise bool) bool {
	if !p.values.Has(name) {
		return otherwise
	}
	s := validText(p.values.Get(name))
	b, err := strconv.ParseBool(s)
	if err != nil {
		p.bad(name, "bool_parsing", "Input should be a valid boolean, unable to interpret input", s, nil)
	}
	return b
}

func (p *params) bad(name, kind, msg string, input any, bound map[string]any) {
	p.errors = append(p.errors, &ParamError{Type: kind, Loc: []string{"query", name}, Msg: msg, Input: input, Ctx: bound})
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}
