package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/rediscache"
)

const (
	maxQuery    = 100 // characters
	maxLimit    = 100 // products a page
	maxPage     = 100 // nobody looks further, and the shards read all that is skipped
	defaultSize = 20
)

type searchInput struct {
	Query string `query:"query" required:"true" minLength:"1" maxLength:"100" doc:"words, or beginnings of words, of name, category and brand" example:"gaming laptop"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"products a page"`
	Page  int    `query:"page" minimum:"1" maximum:"100" default:"1" doc:"from 1"`
}

// SearchAnswer is a page of results.
type SearchAnswer struct {
	Origin
	Found
}

// Found is what the cache keeps of a search.
type Found struct {
	Count int               `json:"count" doc:"products on this page"`
	Data  []catalog.Product `json:"data" nullable:"false"`
	// Corrected is what was searched for instead of words that nothing has.
	Corrected string `json:"corrected,omitempty" doc:"what was searched for instead, when nothing has the words as typed"`
}

// Resolve checks the parameters in the words that the clients know.
func (in *searchInput) Resolve(ctx huma.Context) []error {
	p := newParams(ctx)
	in.Query = p.text("query", 1, maxQuery)
	in.Limit = p.number("limit", defaultSize, 1, maxLimit)
	in.Page = p.number("page", 1, 1, maxPage)
	if len(p.errors) > 0 {
		return p.errors
	}
	if strings.TrimSpace(in.Query) == "" {
		return []error{problem(http.StatusBadRequest, "Query required")}
	}
	return nil
}

// key is the query itself for the first page of the usual size. Other pages begin
// with a capital letter, which no query has, since it is in lower case.
func (in *searchInput) key(q catalog.Query) string {
	if in.Limit == defaultSize && in.Page == 1 {
		return string(q)
	}
	return fmt.Sprintf("PAGE %d OF %d: %s", in.Page, in.Limit, q)
}

func (a *API) registerSearch() {
	op := operation("search", "/api/search", "Search products")
	op.Description = "Every word of the query is the beginning of a word of the product; whole words come first. Case and accents do not count."
	op = documented[SearchAnswer](a, op, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusServiceUnavailable)
	huma.Register(a.huma, a.limited(op), a.search)

	op = a.limited(documented[[]string](a, operation("trending", "/api/trending", "The last 20 distinct searches that found something, newest first")))
	huma.Register(a.huma, op, func(ctx context.Context, _ *struct{}) (*struct{ Body []catalog.Query }, error) {
		return &struct{ Body []catalog.Query }{a.Trending.List(ctx)}, nil
	})
}

func (a *API) search(ctx context.Context, in *searchInput) (*raw, error) {
	q := catalog.ParseQuery(in.Query)
	object, origin, err := a.Cache.Get(ctx, rediscache.Search, in.key(q), func(ctx context.Context) (rediscache.Value, error) {
		found, err := a.find(ctx, q.Words(), catalog.Page{Number: in.Page, Size: in.Limit})
		if err != nil {
			return rediscache.Value{}, err
		}
		object, err := marshal(found)
		return rediscache.Value{JSON: object, Empty: found.Count == 0}, err
	})
	if err != nil {
		return nil, a.answerTo(ctx, err)
	}
	if worked(object) && a.whole(q) {
		a.Trending.Add(q.Listed())
	}
	return answer(ctx, object, origin, fromMongo), nil
}

// worked tells whether a search, as the cache keeps it, found what was asked for:
// a hot answer is not decoded for that. See Found for the order of its keys.
func worked(object []byte) bool {
	return !bytes.HasPrefix(object, []byte(`{"count":0,`)) && bytes.HasSuffix(object, []byte(`]}`))
}

// whole tells whether the query's words are words, and not the halves that people
// have typed while results are shown already.
func (a *API) whole(q catalog.Query) bool {
	known := a.Model.Words()
	return q.Readable() && !slices.ContainsFunc(q.Words(), func(w string) bool { return known.Word(w) == 0 })
}

// find searches for the words, and if nothing has them, for what was probably
// meant.
func (a *API) find(ctx context.Context, words []string, page catalog.Page) (Found, error) {
	products, err := a.withWords(ctx, words, page)
	if err != nil || len(products) > 0 {
		return foundOf(products, ""), err
	}
	meant, changed := a.Model.Words().Correct(words)
	if !changed {
		return foundOf(nil, ""), nil
	}
	if page.Number > 1 { // an empty page may only be behind the last one
		first, err := a.withWords(ctx, words, catalog.Page{Number: 1, Size: 1})
		if err != nil || len(first) > 0 {
			return foundOf(nil, ""), err
		}
	}
	products, err = a.withWords(ctx, meant, page)
	if err != nil || len(products) == 0 && page.Number == 1 {
		return foundOf(nil, ""), err
	}
	return foundOf(products, strings.Join(meant, " ")), nil
}

func (a *API) withWords(ctx context.Context, words []string, page catalog.Page) ([]catalog.Product, error) {
	if len(words) == 0 {
		return nil, nil
	}
	return a.Store.Search(ctx, catalog.Plan(words, a.Model.Counts()), page)
}

func foundOf(products []catalog.Product, corrected string) Found {
	if products == nil {
		products = []catalog.Product{}
	}
	return Found{Count: len(products), Data: products, Corrected: corrected}
}

// validText is s with what is not UTF-8 replaced, as clients get it back.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "�")
}
