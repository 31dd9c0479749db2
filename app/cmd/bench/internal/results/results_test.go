package results

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func report(rate float64) *Report {
	r := &Report{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Machine: "2 cores"}
	hot := r.Section("hot")
	hot.Add("direct, 8", Number("answers/s", rate, ""), Ms("p99", 1250*time.Microsecond), Number("failed", 0, ""))
	hot.Add("reference, 8", Number("answers/s", 1000, ""), Ms("p99", 12*time.Millisecond), Number("failed", 0, ""))
	hot.Note("%d products", 2000)
	return r
}

func TestAReportComesBackAsItWasSaved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "made", "r.json")
	require.NoError(t, report(9000).Save(file))
	back, err := Load(file)
	require.NoError(t, err)
	require.Equal(t, report(9000), back)
}

func TestAReportIsATable(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, report(9000).Write(&out, nil))
	require.Equal(t, `2026-01-02 03:04 UTC, 2 cores

hot

|              | answers/s | p99     | failed |
| ---          | ---       | ---     | ---    |
| direct, 8    | 9000      | 1.25 ms | 0      |
| reference, 8 | 1000      | 12 ms   | 0      |
2000 products
`, out.String())
}

func TestASectionCanBeTheLast(t *testing.T) {
	r := report(9000)
	r.Section("commands")
	r.Section("cold")
	r.Last("commands")
	var names []string
	for _, s := range r.Sections {
		names = append(names, s.Name)
	}
	require.Equal(t, []string{"hot", "cold", "commands"}, names)
}

func TestAnEarlierRunStandsBeside(t *testing.T) {
	now := report(9000)
	now.Section("hot").Add("nginx, 8", Number("answers/s", 5000, ""))
	var out bytes.Buffer
	require.NoError(t, now.Write(&out, report(6000)))
	require.Contains(t, out.String(), "| 9000 (was 6000, × 1.50) | 1.25 ms (was 1.25 ms, × 1.00) | 0 (was 0) |")
	require.Contains(t, out.String(), "5000 (new)")
}

func TestAReportThatCannotBeReadNamesTheFlag(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none"))
	require.ErrorContains(t, err, "-compare")
	bad := filepath.Join(t.TempDir(), "bad")
	require.NoError(t, os.WriteFile(bad, []byte("{"), 0o600))
	_, err = Load(bad)
	require.ErrorContains(t, err, "-compare")
}

func TestTheFileIsNamedByTheTime(t *testing.T) {
	require.Equal(t, "d/2026-01-02T030405Z.json", FileFor("d", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
}
