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
	// Trending is false for a search that no person has typed.
	Trending bool `query:"trending" default:"true" doc:"whether the search may be listed under trending"`
}

// SearchAnswer is a page of results.
type SearchAnswer struct {
	Origin
	Found
}

// Found is what the cache keeps of a search. Clients know the first keys in this
// order, and foundAsTyped looks at the last ones.
type Found struct {
	Count int               `json:"count" doc:"products on this page"`
	Data  []catalog.Product `json:"data" nullable:"false"`
	Total int               `json:"total" doc:"products on all pages, counted up to 1,000"`
	More  bool              `json:"more,omitempty" doc:"there are more than total"`
	// Corrected is what was searched for instead of words that nothing has.
	Corrected string `json:"corrected,omitempty" doc:"what was searched for instead, when nothing has the words as typed"`
	// Nearest says that no product has all the words.
	Nearest bool `json:"nearest,omitempty" doc:"nothing has all the words: these have some of them"`
}

// Resolve checks the parameters in the words that the clients know.
func (in *searchInput) Resolve(ctx huma.Context) []error {
	p := newParams(ctx)
	in.Query = p.text("query", 1, maxQuery)
	in.Limit = p.number("limit", defaultSize, 1, maxLimit)
	in.Page = p.number("page", 1, 1, maxPage)
	in.Trending = p.flag("trending", true)
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
	op.Description = "Every word of the query is a word of the product or begins one; case, accents and plurals do not count. " +
		"First come products that are what the words name, then those with the words in their names, then those with whole words; within these what is in stock and well rated. " +
		"If nothing has all the words, likely spelling mistakes are corrected; and if that does not help either, the nearest matches are shown."
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
	if in.Trending && foundAsTyped(object) && a.whole(q) {
		a.Trending.Add(q.Listed())
	}
	return answer(ctx, object, origin, fromMongo), nil
}

// foundAsTyped tells whether a search, as the cache keeps it, found what was asked
// for: a hot answer is not decoded for that.
func foundAsTyped(object []byte) bool {
	behindData := object[bytes.LastIndexByte(object, ']')+1:]
	return !bytes.HasPrefix(object, []byte(`{"count":0,`)) && !bytes.Contains(behindData, []byte(`"corrected"`)) && !bytes.Contains(behindData, []byte(`"nearest"`))
}

// whole tells whether the query's words are words, and not the halves that people
// have typed while results are shown already.
func (a *API) whole(q catalog.Query) bool {
	known := a.Model.Words()
	return q.Readable() && !slices.ContainsFunc(q.Words(), func(w string) bool { return known.Word(w) == 0 })
}

// find searches for the words; if nothing has them, for what was probably meant;
// and if nothing has that either, for what comes nearest.
func (a *API) find(ctx context.Context, words []string, page catalog.Page) (Found, error) {
	if len(words) == 0 {
		return foundOf(catalog.Results{}), nil
	}
	counts, known := a.Model.Counts(), a.Model.Words()
	search := func(plan catalog.Plan) (catalog.Results, error) { return a.Store.Search(ctx, plan, page) }
	typed := known.Join(words)
	meant := typed
	results, err := search(catalog.NewPlan(typed, counts))
	if err == nil && results.Total == 0 {
		if corrected, changed := known.Correct(typed); changed {
			meant = corrected
			results, err = search(catalog.NewPlan(corrected, counts))
		}
	}
	nearest := false
	if err == nil && results.Total == 0 {
		// A word that names a thing is no mistake, and the others do not matter as much.
		if slices.ContainsFunc(typed, func(w string) bool { return catalog.NamesAThing(w, counts) }) {
			meant = typed
		}
		var plan catalog.Plan
		if plan, nearest = catalog.NearestPlan(meant, counts); nearest {
			results, err = search(plan)
		}
	}
	found := foundOf(results)
	if results.Total > 0 {
		found.Nearest = nearest
		if !slices.Equal(meant, words) {
			found.Corrected = strings.Join(meant, " ")
		}
	}
	return found, err
}

func foundOf(r catalog.Results) Found {
	if r.Products == nil {
		r.Products = []catalog.Product{}
	}
	return Found{Count: len(r.Products), Total: r.Total, More: r.More, Data: r.Products}
}

// validText is s with what is not UTF-8 replaced, as clients get it back.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "�")
}
