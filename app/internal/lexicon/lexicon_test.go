package lexicon

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func of(documents ...string) *Lexicon {
	b := NewBuilder()
	for _, d := range documents {
		b.Add(strings.Fields(d))
	}
	return b.Build()
}

func TestBeginningsAreCounted(t *testing.T) {
	l := of("laptop lamp lamp", "laptop sleeve", "hose")
	require.Equal(t, 3, l.Documents())
	for prefix, want := range map[string]int{"la": 3, "laptop": 2, "lamp": 1, "l": 3, "h": 1, "z": 0, "laptops": 0, "": 5} {
		require.Equal(t, want, l.Beginning(prefix), prefix)
	}
	require.Equal(t, []string{"sleeve", "hose", "laptop", "la"}, l.RarestFirst([]string{"la", "laptop", "hose", "sleeve"}))
	require.Equal(t, []string{"unknown", "laptop"}, l.RarestFirst([]string{"laptop", "unknown"}))
}

func TestLongerWordsAreThoseThatMostHave(t *testing.T) {
	l := of("laptop lamp lap", "laptop lampshade", "laptop lamp", "hose")
	for prefix, want := range map[string][]string{"lam": {"lamp", "lampshade"}, "la": {"laptop", "lamp", "lampshade", "lap"}, "lap": {"laptop", "lap"}, "z": nil} {
		require.Equal(t, want, l.Longer(prefix, 10), prefix)
	}
	require.Equal(t, []string{"laptop", "lamp"}, l.Longer("l", 2))
	require.Empty(t, of().Longer("l", 2))
}

func TestRareWordsWeighMore(t *testing.T) {
	l := of("laptop red", "laptop blue", "laptop red")
	require.Greater(t, l.Weight("blue"), l.Weight("red"))
	require.Greater(t, l.Weight("red"), l.Weight("laptop"))
	require.Greater(t, l.Weight("never"), l.Weight("blue"))
	require.Equal(t, 1.0, of().Weight("anything"))
}

func TestCorrect(t *testing.T) {
	l := of("laptop", "laptop", "lantop", "keyboard", "espresso", "hose", "house", "house", "strasse", "手")
	for typed, want := range map[string]string{
		"lpatop":    "laptop",   // swapped
		"laptp":     "laptop",   // left out; the more frequent of two
		"laptopp":   "laptop",   // one too many
		"keyobard":  "keyboard", // swapped
		"keebord":   "keebord",  // two edits in a word of 7
		"esprezzzo": "esprezzzo",
		"expresso":  "espresso",
		"hausse":    "hausse",
		"hause":     "house",
		"lap":       "lap", // begins a known word
		"xyz":       "xyz", // too short to guess
		"hsoe":      "hose",
		"strase":    "strasse",
	} {
		corrected, changed := l.Correct([]string{typed, "laptop"})
		require.Equal(t, []string{want, "laptop"}, corrected, typed)
		require.Equal(t, want != typed, changed, typed)
	}
}

func TestCompoundsAreJoinedAndSplit(t *testing.T) {
	l := of("toothbrush electric", "phone case", "phone case leather", "lawn mower", "knife set", "the phone")
	for typed, want := range map[string]string{
		"tooth brush":          "toothbrush",
		"electric tooth brush": "electric toothbrush",
		"phonecase":            "phone case",
		"lawnmowers":           "lawn mowers",
		"knives":               "knives", // a known word's plural is no mistake
		"casephon":             "casephon",
		"xyphone":              "xyphone",
	} {
		corrected, changed := l.Correct(strings.Fields(typed))
		require.Equal(t, want, strings.Join(corrected, " "))
		require.Equal(t, want != typed, changed)
	}
	require.Equal(t, []string{"toothbrush"}, l.Join([]string{"tooth", "brush"}))
	require.Equal(t, []string{"lawn", "mower"}, l.Join([]string{"lawn", "mower"}))
	l = of("smart tv", "smartwatch")
	require.Equal(t, []string{"smart", "watch"}, l.Join([]string{"smart", "watch"}), "there are smart things")
	corrected, _ := l.Correct([]string{"smart", "watch"})
	require.Equal(t, []string{"smartwatch"}, corrected, "but no smart watch")
}

// Corrections must be symmetric edits: whatever single edit is made to a long
// known word, it is found again, or a word as close.
func TestOneEditIsAlwaysCorrected(t *testing.T) {
	l := of("workstation", "headphones", "toothbrush", "smartphone")
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom(l.words).Draw(t, "word")
		at := rapid.IntRange(0, len(word)-2).Draw(t, "at")
		typed := map[int]string{
			0: word[:at] + word[at+1:],
			1: word[:at] + "q" + word[at:],
			2: word[:at] + "q" + word[at+1:],
			3: word[:at] + word[at+1:at+2] + word[at:at+1] + word[at+2:],
		}[rapid.IntRange(0, 3).Draw(t, "edit")]
		require.LessOrEqual(t, distance([]rune(typed), []rune(word), 3), 1)
		if l.Beginning(typed) == 0 {
			corrected, _ := l.Correct([]string{typed})
			require.Equal(t, []string{word}, corrected)
		}
	})
}

func TestDistanceIsSymmetricAndBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("abcé")), 0, 8, -1)
		a, b := []rune(word.Draw(t, "a")), []rune(word.Draw(t, "b"))
		d := distance(a, b, 100)
		require.Equal(t, d, distance(b, a, 100))
		require.LessOrEqual(t, d, max(len(a), len(b)))
		require.Equal(t, string(a) == string(b), d == 0)
		bound := rapid.IntRange(0, 5).Draw(t, "bound")
		require.Equal(t, min(d, bound+1), min(distance(a, b, bound), bound+1))
	})
}

func TestMemoryIsBounded(t *testing.T) {
	b := NewBuilder()
	for n := range 3 * maxWords {
		b.Add([]string{fmt.Sprint(n), "everywhere"})
	}
	l := b.Build()
	require.LessOrEqual(t, len(l.words), maxWords)
	require.Equal(t, 3*maxWords, l.Word("everywhere"))
}

func BenchmarkCorrect(b *testing.B) {
	builder := NewBuilder()
	for n := range maxWords {
		builder.Add([]string{fmt.Sprintf("word%dend", n)})
	}
	l := builder.Build()
	for b.Loop() {
		l.Correct([]string{"keyobard"})
	}
}
