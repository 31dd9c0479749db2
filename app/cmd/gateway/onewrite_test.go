package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// heldServer answers with as many bytes as are asked for, written in parts.
func heldServer(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{
		ConnState: sendHeld, ReadHeaderTimeout: headerTimeout,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			total, _ := strconv.Atoi(r.FormValue("bytes"))
			part, _ := strconv.Atoi(r.FormValue("parts"))
			if r.FormValue("length") == "known" {
				w.Header().Set("Content-Length", strconv.Itoa(total))
			}
			for total > 0 {
				n := min(total, part)
				_, _ = w.Write(bytes.Repeat([]byte("x"), n))
				total -= n
			}
		}),
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(oneWrite{listener}) }()
	t.Cleanup(func() { require.NoError(t, server.Close()); require.ErrorIs(t, <-done, http.ErrServerClosed) })
	return listener.Addr().String()
}

// Whatever an answer's size, and however it is written, all of it comes, and at once.
func TestHeldAnswersComeWhole(t *testing.T) {
	address := heldServer(t)
	kept := &http.Transport{}
	defer kept.CloseIdleConnections()
	client := http.Client{Transport: kept, Timeout: 20 * time.Second}
	rapid.Check(t, func(t *rapid.T) {
		near := rapid.SampledFrom([]int{0, 1, fullBuffer - 200, fullBuffer, 2 * fullBuffer, 3 * fullBuffer, 40 * fullBuffer}).Draw(t, "near")
		total := max(0, near+rapid.IntRange(-150, 150).Draw(t, "off"))
		part := rapid.SampledFrom([]int{1, 100, 2048, fullBuffer, 1 << 20}).Draw(t, "part")
		length := rapid.SampledFrom([]string{"known", "unknown"}).Draw(t, "length")
		request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s/?bytes=%d&parts=%d&length=%s", address, total, part, length), nil)
		require.NoError(t, err)
		request.Close = rapid.Bool().Draw(t, "close")
		answer, err := client.Do(request)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Len(t, body, total)
	})
}

// Each size once, so that one is among them whose answer ends with a full buffer.
func TestAnAnswerThatEndsWithAFullBufferComes(t *testing.T) {
	address := heldServer(t)
	kept := &http.Transport{}
	defer kept.CloseIdleConnections()
	client := http.Client{Transport: kept, Timeout: 20 * time.Second}
	for total := fullBuffer - 300; total <= fullBuffer; total++ {
		answer, err := client.Get(fmt.Sprintf("http://%s/?bytes=%d&parts=%d&length=known", address, total, total))
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Len(t, body, total)
	}
}
