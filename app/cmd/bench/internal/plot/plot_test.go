package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ms = time.Millisecond

func sample() Plot {
	return Plot{
		Title:   "Latency of a search by load",
		Caption: []string{"2 cores <shared>", "2,000 products"},
		Series: []Series{
			{"hot", []Point{{250, 300 * time.Microsecond, 2 * ms}, {1000, 300 * time.Microsecond, 2 * ms}, {8000, ms, 20 * ms}, {12000, 40 * ms, 1200 * ms}}},
			{"cold", []Point{{25, 3 * ms, 8 * ms}, {100, 4 * ms, 15 * ms}, {400, 50 * ms, 300 * ms}}},
			{"FastAPI, hot", []Point{{250, 2 * ms, 6 * ms}, {500, 2 * ms, 9 * ms}, {1000, 300 * ms, 900 * ms}}},
		},
	}
}

func TestThePictureHasWhatItShould(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, sample().Write(&out))
	svg := out.String()
	for _, want := range []string{
		">Latency of a search by load<", ">requests a second<", ">latency<", ">hot<", ">cold<", ">FastAPI, hot<", ">p99<", ">p50<",
		"2 cores &lt;shared&gt;", ">2,000 products<", ">10,000<", ">20<", ">200 µs<", ">10 ms<", ">1 s<", "hot, 8,000 a second: p99 20 ms, p50 1 ms",
	} {
		require.Contains(t, svg, want)
	}
	require.Equal(t, 6, strings.Count(svg, "<polyline"))
	require.NotContains(t, svg, "NaN")
	require.NotContains(t, svg, "ZgotmplZ")
	decoder := xml.NewDecoder(&out)
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
	}
	if file := os.Getenv("PLOT_FILE"); file != "" { // to look at
		require.NoError(t, os.WriteFile(file, []byte(svg), 0o600))
	}
}

func TestHigherLoadsAreFurtherRightAndLongerLatenciesHigher(t *testing.T) {
	x, y, err := sample().axes()
	require.NoError(t, err)
	require.EqualValues(t, left, x.place(x.low))
	require.EqualValues(t, right, x.place(x.high))
	require.InDelta(t, x.place(1000)-x.place(100), x.place(10000)-x.place(1000), 0.2)
	require.Less(t, y.place(1), y.place(0.001))
}

func TestWhatCannotBeDrawnIsNamed(t *testing.T) {
	require.ErrorContains(t, Plot{Title: "t"}.Write(io.Discard), "no points")
	require.ErrorContains(t, Plot{Series: []Series{{"cold", []Point{{10, 0, ms}}}}}.Write(io.Discard), "cold")
}
