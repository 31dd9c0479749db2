package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
)

// started runs serve until stop is called. It returns once the seeding is done.
func started(t *testing.T, env map[string]string) (stop func()) {
	t.Helper()
	code, _, stderr := command(t, env, "init")
	require.Zero(t, code, stderr)
	_, stop = serving(t, env)
	require.Eventually(t, func() bool { return bytes.Contains(body(t, env, "/health"), []byte(`"phase":"done"`)) }, 2*time.Minute, 50*time.Millisecond)
	return stop
}

// When the gateway is stopped under load, every accepted request gets its whole answer.
// Later ones are refused.
func TestStoppingDropsNoRequest(t *testing.T) {
	env := environ(t, testenv.Mongod(t).Addr(), testenv.Redis(t).Addr())
	env["RATE_LIMIT"] = "0"
	stop := started(t, env)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 50}}
	defer client.CloseIdleConnections()
	var answered, refused atomic.Int64
	warm := make(chan struct{})
	once := sync.OnceFunc(func() { close(warm) })
	var clients sync.WaitGroup
	for i := range 50 {
		clients.Go(func() {
			for n := 0; ; n++ {
				err := ask(client, fmt.Sprintf("http://%s/api/search?query=%c%d", env["LISTEN_ADDR"], 'a'+rune(i%26), n%7))
				switch {
				case err == nil:
					if answered.Add(1) == 500 {
						once()
					}
				case errors.Is(err, syscall.ECONNREFUSED):
					refused.Add(1)
					return
				default:
					t.Errorf("a request was dropped: %v", err)
					once()
					return
				}
			}
		})
	}
	<-warm
	stop()
	clients.Wait()
	require.EqualValues(t, 50, refused.Load())
}

func ask(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

// Clients that hang up must leave no goroutines behind, which goleak checks.
func TestClientsThatHangUp(t *testing.T) {
	env := environ(t, testenv.Mongod(t).Addr(), testenv.Redis(t).Addr())
	env["RATE_LIMIT"] = "0"
	started(t, env)
	client := &http.Client{}
	defer client.CloseIdleConnections()
	for n := range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n%5)*500*time.Microsecond)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/api/search?query=a%d", env["LISTEN_ADDR"], n), nil)
		require.NoError(t, err)
		if response, err := client.Do(request); err == nil {
			_ = response.Body.Close()
		}
		cancel()
	}
	require.NoError(t, ask(client, "http://"+env["LISTEN_ADDR"]+"/api/search?query=laptop"))
}
