package images

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
	"speedscale/internal/tlsfiles"
)

// pageServer is the image's own nginx, run on this host with the repository's
// configuration, but for paths and ports.
type pageServer struct {
	page, health string // host:port
	files        testenv.TLS
	process      *exec.Cmd
	log          *lockedBuffer
}

// lockedBuffer is written to by a process while the test reads it.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// nginxOfTheImage extracts the image's packages.
func nginxOfTheImage(t *testing.T) (root string) {
	t.Helper()
	testenv.Needs(t, "mmdebstrap", "tar")
	checkout, err := filepath.Abs("../..")
	require.NoError(t, err)
	p, err := newPreparer(Options{Root: checkout, Source: Packages, Arch: "amd64"})
	require.NoError(t, err)
	base := p.rootfs(baseNginx)
	_, err = p.once(t.Context(), base.step)
	require.NoError(t, err)
	root = t.TempDir()
	out, err := exec.CommandContext(t.Context(), "tar", "-C", root, "-xf", filepath.Join(base.step.dir, base.file)).CombinedOutput()
	require.NoError(t, err, string(out))
	return root
}

func startPage(t *testing.T, configuration, gateway string, authority *testenv.Authority) *pageServer {
	t.Helper()
	root, dir := nginxOfTheImage(t), t.TempDir()
	own := func(what string) string { return filepath.Join(dir, what) }
	s := &pageServer{
		page: fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t)), health: fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t)),
		files: testenv.NewTLS(t, authority), log: &lockedBuffer{},
	}
	ours := strings.NewReplacer(
		"listen 3000", "listen "+s.page, "listen 127.0.0.1:3001", "listen "+s.health, "api_server:8000", gateway,
		"127.0.0.1:3002", fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t)), "/usr/share/nginx/modules-available/*", own("modules/*"),
		"/run/secrets", filepath.Dir(s.files.AuthorityFile), "/usr/share/nginx/html", own("html"),
		"/etc/nginx/mime.types", root+"/etc/nginx/mime.types", "/tmp/", dir+"/",
	)
	configurations, err := filepath.Glob("../../frontend/nginx/*.conf")
	require.NoError(t, err)
	for _, file := range configurations {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		write(t, own(filepath.Base(file)), ours.Replace(string(text)))
	}
	write(t, own("html/index.html"), "the page")
	// Debian's own file says so, relative to a folder of the image.
	write(t, own("modules/mod-stream.conf"), "load_module "+root+"/usr/lib/nginx/modules/ngx_stream_module.so;\n")
	libraries := root + "/lib/x86_64-linux-gnu:" + root + "/usr/lib/x86_64-linux-gnu"
	s.process = exec.CommandContext(
		context.Background(), root+"/lib64/ld-linux-x86-64.so.2", "--library-path", libraries, root+"/usr/sbin/nginx",
		"-e", "stderr", "-c", own(configuration), "-g", "daemon off; user root;", // where root runs the tests, the worker would be nobody
	)
	s.process.Stdout, s.process.Stderr = s.log, s.log
	s.process.WaitDelay = 5 * time.Second // should a worker outlive its master
	require.NoError(t, s.process.Start())
	t.Cleanup(func() {
		_ = s.process.Process.Signal(syscall.SIGTERM)
		_ = s.process.Wait()
		if t.Failed() {
			t.Log(s.log.String())
		}
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", s.page)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 20*time.Second, 20*time.Millisecond)
	return s
}

// get is a visitor's request by a connection of its own, who goes nowhere else.
func (s *pageServer) get(t *testing.T, address string) (*http.Response, string) {
	t.Helper()
	trust, err := tlsfiles.Client(s.files.AuthorityFile)
	require.NoError(t, err)
	trust.ServerName = "localhost"
	visitor := http.Client{
		Transport:     &http.Transport{TLSClientConfig: trust, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	answer, err := visitor.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(text)
}

// behind answers what nginx asks a gateway, with https if there is a certificate.
func behind(t *testing.T, certificateFile string) (addr string) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s for %s by %s", r.URL, r.Host, r.Header.Get("X-Forwarded-Proto"))
	}))
	t.Cleanup(server.Close)
	if certificateFile == "" {
		server.Start()
	} else {
		config, err := tlsfiles.Server(certificateFile)
		require.NoError(t, err)
		server.Listener = tls.NewListener(server.Listener, config)
		server.Config.ErrorLog = nil
		server.Start()
	}
	return server.Listener.Addr().String()
}

func TestPageByHTTP(t *testing.T) {
	s := startPage(t, "nginx.conf", behind(t, ""), testenv.NewAuthority(t, "ours"))
	answer, body := s.get(t, "http://"+s.page+"/")
	require.Equal(t, "the page", body)
	require.Contains(t, answer.Header.Get("Content-Security-Policy"), "default-src 'none'")
	_, body = s.get(t, "http://"+s.page+"/backend/api/search?query=lamp")
	require.Equal(t, "/api/search?query=lamp for "+s.page+" by http", body)
	_, body = s.get(t, "http://"+s.page+"/healthz")
	require.Equal(t, "ok\n", body)
}

// A new connection for each request costs more than a hot answer, and runs out of ports.
func TestConnectionsToTheGatewayAreKept(t *testing.T) {
	for configuration, scheme := range map[string]string{"nginx.conf": "http", "tls.conf": "https"} {
		t.Run(scheme, func(t *testing.T) {
			authority := testenv.NewAuthority(t, "ours")
			var made atomic.Int32
			certificate := filepath.Join(t.TempDir(), "server.pem")
			testenv.Replace(t, certificate, authority.Certificate(t, "api_server"))
			start := func(address string) *httptest.Server {
				gateway := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.URL) }))
				listener, err := net.Listen("tcp", address)
				require.NoError(t, err)
				gateway.Listener = listener
				gateway.Config.ConnState = func(_ net.Conn, state http.ConnState) {
					if state == http.StateNew {
						made.Add(1)
					}
				}
				if scheme == "https" {
					config, err := tlsfiles.Server(certificate)
					require.NoError(t, err)
					gateway.Listener = tls.NewListener(listener, config)
				}
				gateway.Start()
				t.Cleanup(gateway.Close)
				return gateway
			}
			gateway := start("127.0.0.1:0")
			address := gateway.Listener.Addr().String()
			s := startPage(t, configuration, address, authority)
			for range 50 {
				answer, body := s.get(t, scheme+"://"+s.page+"/backend/api/trending")
				require.Equal(t, http.StatusOK, answer.StatusCode)
				require.Equal(t, "/api/trending", body)
			}
			require.Less(t, made.Load(), int32(10))

			// One that was away is found again.
			gateway.CloseClientConnections()
			gateway.Close()
			answer, body := s.get(t, scheme+"://"+s.page+"/backend/api/trending")
			require.Equal(t, http.StatusBadGateway, answer.StatusCode)
			require.Contains(t, body, "The gateway cannot be reached")
			start(address)
			require.Eventually(t, func() bool {
				answer, _ := s.get(t, scheme+"://"+s.page+"/backend/health")
				return answer.StatusCode == http.StatusOK
			}, 30*time.Second, 100*time.Millisecond)
		})
	}
}

func TestPageByHTTPS(t *testing.T) {
	before, after := testenv.NewAuthority(t, "before"), testenv.NewAuthority(t, "after")
	ofGateway := filepath.Join(t.TempDir(), "server.pem")
	testenv.Replace(t, ofGateway, before.Certificate(t, "api_server"))
	s := startPage(t, "tls.conf", behind(t, ofGateway), before)
	answer, body := s.get(t, "https://"+s.page+"/")
	require.Equal(t, "the page", body)
	require.Contains(t, answer.Header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Empty(t, answer.Header.Get("Strict-Transport-Security"))
	asks := func() (int, string) {
		answer, body := s.get(t, "https://"+s.page+"/backend/api/search?query=lamp")
		return answer.StatusCode, body
	}
	_, body = asks()
	require.Equal(t, "/api/search?query=lamp for "+s.page+" by https", body)

	_, body = s.get(t, "http://"+s.health+"/healthz")
	require.Equal(t, "ok\n", body)
	answer, _ = s.get(t, "http://"+s.health+"/")
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
	answer, _ = s.get(t, "http://"+s.page+"/products/x?a=b")
	require.Equal(t, http.StatusPermanentRedirect, answer.StatusCode)
	require.Equal(t, "https://"+s.page+"/products/x?a=b", answer.Header.Get("Location"))

	// Another authority takes over: on a signal, and not while the files are written.
	issuer := func() string {
		answer, _ := s.get(t, "https://"+s.page+"/")
		return answer.TLS.PeerCertificates[0].Issuer.CommonName
	}
	signal := func() { require.NoError(t, s.process.Process.Signal(syscall.SIGHUP)) }
	testenv.Replace(t, s.files.AuthorityFile, before.PEM+after.PEM)
	whole := after.Certificate(t)
	for _, part := range []string{"", whole[:300], whole} {
		testenv.Replace(t, s.files.CertificateFile, part)
		require.Equal(t, "before", issuer())
	}
	signal()
	require.Eventually(t, func() bool { return issuer() == "after" }, 30*time.Second, 100*time.Millisecond)
	testenv.Replace(t, ofGateway, after.Certificate(t, "api_server"))
	require.Eventually(t, func() bool { status, _ := asks(); return status == http.StatusOK }, 30*time.Second, 100*time.Millisecond)

	// Half a file ends nothing, even with a signal.
	testenv.Replace(t, s.files.CertificateFile, before.Certificate(t)[:300])
	signal()
	require.Eventually(t, func() bool { return strings.Contains(s.log.String(), "PEM_read_bio") }, 30*time.Second, 100*time.Millisecond)
	require.Equal(t, "after", issuer())
	testenv.Replace(t, s.files.CertificateFile, before.Certificate(t))
	signal()
	require.Eventually(t, func() bool { return issuer() == "before" }, 30*time.Second, 100*time.Millisecond)
}

func TestPageRefusesOtherGateways(t *testing.T) {
	ours, another := testenv.NewAuthority(t, "ours"), testenv.NewAuthority(t, "another")
	for name, c := range map[string]struct{ certificate, want string }{
		"another authority": {another.Certificate(t, "api_server"), "upstream SSL certificate verify error"},
		"another's name":    {ours.Certificate(t, "redis"), "upstream SSL certificate does not match"},
	} {
		t.Run(name, func(t *testing.T) {
			ofGateway := filepath.Join(t.TempDir(), "server.pem")
			testenv.Replace(t, ofGateway, c.certificate)
			s := startPage(t, "tls.conf", behind(t, ofGateway), ours)
			answer, body := s.get(t, "https://"+s.page+"/backend/health")
			require.Equal(t, http.StatusBadGateway, answer.StatusCode, body)
			require.Contains(t, body, "The gateway cannot be reached")
			require.Contains(t, s.log.String(), c.want)
		})
	}
}
