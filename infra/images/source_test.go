package images

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// registry answers like one, on 127.0.0.1; the reference names an image in it.
func registry(t *testing.T, answer http.HandlerFunc) (ref string) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://") + "/mongo:6.0"
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			code = http.StatusTeapot
		}
		w.WriteHeader(code)
	}
}

func TestChoose(t *testing.T) {
	up, login, notFound := registry(t, status(200)), registry(t, status(401)), registry(t, status(404))
	goneServer := httptest.NewServer(status(200))
	gone := strings.TrimPrefix(goneServer.URL, "http://") + "/mongo:6.0"
	goneServer.Close()

	for _, c := range []struct {
		name    string
		setting string
		refs    []string
		want    Source
		why     string
	}{
		{"said registry, nobody is asked", "registry", []string{gone}, Registry, "speedscale:images says so"},
		{"said packages, nobody is asked", "packages", []string{up}, Packages, "speedscale:images says so"},
		{"answers", "auto", []string{up}, Registry, "answered"},
		{"unset is auto", "", []string{up}, Registry, "answered"},
		{"wants a login", "auto", []string{login}, Registry, "answered"},
		{"is no registry", "auto", []string{notFound}, Packages, "404 Not Found"},
		{"is away", "auto", []string{gone}, Packages, "connection refused"},
		{"one of two is away", "auto", []string{up, gone}, Packages, "connection refused"},
		{"both answer", "auto", []string{up, login}, Registry, " and "},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, why, err := Choose(t.Context(), c.setting, c.refs...)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Contains(t, why, c.why)
		})
	}
}

func TestChooseDoesNotWaitForASilentRegistry(t *testing.T) {
	defer func(d time.Duration) { registryTimeout = d }(registryTimeout)
	registryTimeout = 50 * time.Millisecond
	silent := registry(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })

	got, why, err := Choose(t.Context(), Auto, silent)
	require.NoError(t, err)
	require.Equal(t, Packages, got)
	require.Contains(t, why, "no answer from 127.0.0.1")
}

func TestChooseRefuses(t *testing.T) {
	_, _, err := Choose(t.Context(), "dockerhub")
	require.EqualError(t, err, `speedscale:images is "dockerhub": it must be one of auto, registry, packages`)
	_, _, err = Choose(t.Context(), Auto, "Mongo:6.0")
	require.ErrorContains(t, err, `image reference "Mongo:6.0"`)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = Choose(ctx, Auto, registry(t, status(200)))
	require.ErrorIs(t, err, context.Canceled)
}

func TestRegistriesOfReferences(t *testing.T) {
	for _, c := range []struct {
		refs, want []string
	}{
		{nil, []string{"docker.io"}},
		{[]string{"mongo:6.0", "redis/redis-stack", "nginx@sha256:" + strings.Repeat("0", 64)}, []string{"docker.io"}},
		{[]string{"mongo", "ghcr.io/joeferner/redis-commander:0.9.1"}, []string{"docker.io", "ghcr.io"}},
		{[]string{"mirror.example:5000/mongo:6.0"}, []string{"mirror.example:5000"}},
	} {
		got, err := registries(c.refs)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
}
