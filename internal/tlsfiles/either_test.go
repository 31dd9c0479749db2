package tlsfiles_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
	"speedscale/internal/tlsfiles"
)

func TestEitherTakesClientsOfBothKinds(t *testing.T) {
	files := testenv.NewTLS(t, testenv.NewAuthority(t, "ours"))
	certificate, err := tlsfiles.Server(files.CertificateFile)
	require.NoError(t, err)
	trust, err := tlsfiles.Client(files.AuthorityFile)
	require.NoError(t, err)
	trust.ServerName = "localhost"
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{ReadHeaderTimeout: 500 * time.Millisecond, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(append([]byte(r.URL.Path), body...))
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(tlsfiles.Either(listener, certificate)) }()
	defer func() {
		require.NoError(t, server.Shutdown(context.WithoutCancel(t.Context())))
		require.ErrorIs(t, <-served, http.ErrServerClosed)
	}()
	addr := listener.Addr().String()

	// Who says nothing, or something else, holds up nobody.
	for _, said := range []string{"", "\x16", "\x16\x03\x01\x00\x05hello", "\x00", "nonsense\r\n\r\n"} {
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		_, err = conn.Write([]byte(said))
		require.NoError(t, err)
	}
	transport := &http.Transport{TLSClientConfig: trust}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for _, scheme := range []string{"http", "https", "http", "https"} {
		answer, err := client.Get(scheme + "://" + addr + "/" + scheme)
		require.NoError(t, err)
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, "/"+scheme, string(text))
	}
	conn, err := tls.Dial("tcp", addr, trust)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
}
