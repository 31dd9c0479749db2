package explorer

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
	"speedscale/internal/tlsfiles"
)

// secured is the page as https, which asks Redis by TLS.
func secured(t *testing.T, server *testenv.Process, files testenv.TLS) (addr string) {
	t.Helper()
	env := map[string]string{"TLS_CA_FILE": files.AuthorityFile, "TLS_CERTIFICATE_FILE": files.CertificateFile}
	getenv := func(name string) string { return env[name] }
	certificate, err := tlsFrom(getenv, "TLS_CERTIFICATE_FILE", tlsfiles.Server)
	require.NoError(t, err)
	trust, err := trustFrom(getenv)
	require.NoError(t, err)
	client := connect(server.Addr(), login{redisacl.UI, testenv.RedisPassword(redisacl.UI)}, trust)
	page := newServer("", newExplorer(client).handler(links{"3000", "8081"}, login{}), certificate)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var serving sync.WaitGroup
	serving.Go(func() { _ = page.ServeTLS(l, "", "") })
	t.Cleanup(func() { _ = page.Close(); serving.Wait(); _ = client.Close() })
	return l.Addr().String()
}

func browse(t *testing.T, addr, path, caFile string) (status int, body string, connection *tls.ConnectionState) {
	t.Helper()
	trust, err := tlsfiles.Client(caFile)
	require.NoError(t, err)
	trust.ServerName = "localhost"
	visitor := http.Client{Transport: &http.Transport{TLSClientConfig: trust, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+addr+path, nil)
	require.NoError(t, err)
	answer, err := visitor.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(text), answer.TLS
}

func TestPageByTLS(t *testing.T) {
	before, after := testenv.NewAuthority(t, "before"), testenv.NewAuthority(t, "after")
	ofRedis, files := testenv.NewTLS(t, before), testenv.NewTLS(t, before)
	addr := secured(t, ofRedis.LockedRedis(t), files)
	status, body, _ := browse(t, addr, "/api/overview", files.AuthorityFile)
	require.Equal(t, http.StatusOK, status, body)
	status, body, connection := browse(t, addr, "/", files.AuthorityFile)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `href="//127.0.0.1:3000/"`, "as the page itself came")
	require.Equal(t, "before", connection.PeerCertificates[0].Issuer.CommonName)

	testenv.Replace(t, files.AuthorityFile, before.PEM+after.PEM)
	testenv.Replace(t, files.CertificateFile, after.Certificate(t))
	_, _, connection = browse(t, addr, "/", files.AuthorityFile)
	require.Equal(t, "after", connection.PeerCertificates[0].Issuer.CommonName)
}

func TestRedisOfAnotherAuthority(t *testing.T) {
	ofRedis, files := testenv.NewTLS(t, testenv.NewAuthority(t, "another")), testenv.NewTLS(t, testenv.NewAuthority(t, "ours"))
	status, body, _ := browse(t, secured(t, ofRedis.LockedRedis(t), files), "/api/overview", files.AuthorityFile)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, body, "the server's certificate is not trusted by the authorities in "+files.AuthorityFile)
}

func TestMistakesWithTLS(t *testing.T) {
	getenv := func(string) string { return "/nowhere/x.pem" }
	_, err := trustFrom(getenv)
	require.ErrorContains(t, err, "TLS_CA_FILE: authorities to trust: open /nowhere/x.pem: no such file or directory")
	_, err = tlsFrom(getenv, "TLS_CERTIFICATE_FILE", tlsfiles.Server)
	require.ErrorContains(t, err, "TLS_CERTIFICATE_FILE: certificate to serve with: open /nowhere/x.pem: no such file or directory")
	none, err := trustFrom(func(string) string { return "" })
	require.NoError(t, err)
	require.Nil(t, none)
}
