package config

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/caarlos0/env/v11"
)

// parseProblems names the variable of each value that could not be read; the
// library names only the field.
func parseProblems(err error, environ map[string]string) []error {
	var problems []error
	for _, parse := range parseErrors(err) {
		name := variable(parse.Name)
		problems = append(problems, fmt.Errorf("%s is %q: want %s", name, environ[name], wanted(parse.Type)))
	}
	if err != nil && len(problems) == 0 {
		problems = append(problems, err)
	}
	return problems
}

func unreadable(err error) map[string]bool {
	names := map[string]bool{}
	for _, parse := range parseErrors(err) {
		names[variable(parse.Name)] = true
	}
	return names
}

func parseErrors(err error) []env.ParseError {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return nil
	}
	var parses []env.ParseError
	for _, one := range all.Errors {
		var parse env.ParseError
		if errors.As(one, &parse) {
			parses = append(parses, parse)
		}
	}
	return parses
}

func variable(field string) string {
	f, ok := reflect.TypeFor[Config]().FieldByName(field)
	if !ok {
		return field
	}
	return f.Tag.Get("env")
}

func wanted(t reflect.Type) string {
	switch {
	case t.String() == "time.Duration":
		return "a duration such as 60s"
	case t.String() == "slog.Level":
		return "debug, info, warn or error"
	case t.Kind() == reflect.Int:
		return "a whole number"
	}
	return "a " + t.String()
}
