package machine

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheMachineIsDescribed(t *testing.T) {
	require.Regexp(t, `^\d+ cores.*, `+runtime.GOOS+`/`, String())
}

func TestAProcessIsRead(t *testing.T) {
	p, err := parse("42 (a (b) c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 1 0 100 0 0\n")
	require.NoError(t, err)
	require.Equal(t, process{id: 42, parent: 7, name: "a (b) c", spent: 2 * time.Second}, p)
	for _, bad := range []string{"", "42 (x", "42 (x) S 7", "42 (x) S y 42 42 0 -1 4194560 1 2 3 4 150 50"} {
		_, err := parse(bad)
		require.Error(t, err, bad)
	}
}

func TestProcessesAreCalledAsTheirContainers(t *testing.T) {
	all := map[int]process{
		1: {id: 1, name: "init"}, 5: {id: 5, parent: 1, name: "nginx"}, 6: {id: 6, parent: 5, name: "nginx"},
		7: {id: 7, parent: 1, name: "dockerd"}, 8: {id: 8, parent: 1, name: "vi"},
	}
	names := map[int]string{5: "page"}
	for id, want := range map[int]string{5: "page: nginx", 6: "page: nginx", 7: "dockerd", 8: "other processes"} {
		require.Equal(t, want, nameOf(all, names, all[id]), id)
	}
}

func TestWhatThisProcessTakesIsCounted(t *testing.T) {
	if runtime.GOOS != "linux" {
		_, err := Take(nil)
		require.ErrorContains(t, err, "only be read on Linux")
		return
	}
	text, err := os.ReadFile("/proc/self/comm")
	require.NoError(t, err)
	name := strings.TrimSpace(string(text))
	names := map[int]string{os.Getpid(): name}
	before, err := Take(names)
	require.NoError(t, err)
	var after Sample
	for after.spent[name][os.Getpid()] < before.spent[name][os.Getpid()]+5*tick { // it works for that
		after, err = Take(names)
		require.NoError(t, err)
	}
	shares := after.Since(before)
	require.Positive(t, shares[name])
	require.Positive(t, shares[Everything])
}
