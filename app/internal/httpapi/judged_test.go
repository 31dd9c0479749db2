package httpapi

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/app/internal/catalog"
)

// judgement is a query and what ought to come first.
type judgement struct {
	query  string
	things []string // any of them, as names have them
	words  []string // all of them, in the name, category or brand
}

func readJudgements(t *testing.T) (list []judgement) {
	t.Helper()
	text, err := os.ReadFile("testdata/judged.tsv")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := append(strings.Split(line, "\t"), "")
		list = append(list, judgement{columns[0], strings.Split(columns[1], "|"), catalog.Words(columns[2])})
	}
	return list
}

func (j judgement) right(p catalog.Product) bool {
	words := catalog.Words(p.Name + " " + p.Category + " " + p.Brand)
	return slices.ContainsFunc(j.things, func(thing string) bool { return strings.Contains(p.Name, thing) }) &&
		!slices.ContainsFunc(j.words, func(w string) bool { return !slices.Contains(words, w) })
}

// People must find what they mean: for almost all queries a right product is among
// the first 5, or 10.
func TestJudgedSearches(t *testing.T) {
	g := newGateway(t)
	judged := readJudgements(t)
	require.GreaterOrEqual(t, len(judged), 120)
	var first, five, ten, rightOfFive, shownOfFive float64
	for _, j := range judged {
		answer := decoded[SearchAnswer](t, get(t, g, "/api/search?limit=10&query="+url.QueryEscape(j.query)), http.StatusOK)
		at := slices.IndexFunc(answer.Data, j.right)
		if at < 0 {
			t.Logf("%q: nothing right among %v", j.query, names(answer.Data))
			continue
		}
		ten++
		if at < 5 {
			five++
		}
		if at == 0 {
			first++
		} else {
			t.Logf("%q: %d products before a right one: %v", j.query, at, names(answer.Data[:at]))
		}
		for _, p := range answer.Data[:min(5, len(answer.Data))] {
			shownOfFive++
			if j.right(p) {
				rightOfFive++
			}
		}
	}
	n := float64(len(judged))
	t.Logf("%d queries: a right product is the first for %.3f, among the first 5 for %.3f, the first 10 for %.3f; of the first 5 %.3f are right",
		len(judged), first/n, five/n, ten/n, rightOfFive/shownOfFive)
	require.GreaterOrEqual(t, five/n, 0.95)
	require.GreaterOrEqual(t, ten/n, 0.98)
}

func names(products []catalog.Product) (list []string) {
	for _, p := range products {
		list = append(list, p.Name)
	}
	return list
}
