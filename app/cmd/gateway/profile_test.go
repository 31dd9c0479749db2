package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
)

func TestProfilesAreServedWhereTheyAreAskedFor(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	stop, err := serveProfiles("", quiet)
	require.NoError(t, err)
	require.NoError(t, stop())

	address := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	stop, err = serveProfiles(address, quiet)
	require.NoError(t, err)
	_, err = serveProfiles(address, quiet)
	require.ErrorContains(t, err, "listen on PROFILE_ADDR "+address)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get("http://" + address + "/debug/pprof/heap?debug=1") //nolint:noctx // on this machine
	require.NoError(t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Contains(t, string(text), "heap profile")
	require.NoError(t, stop())
}
