package tests

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
)

// registryServer is an image registry on 127.0.0.1, which Docker trusts without
// TLS, and what can be wrong with one.
type registryServer struct {
	host string

	mu     sync.Mutex
	login  bool          // asks for a login, which is `user` with `password`
	pace   time.Duration // what a piece of 64 KB takes
	endsIn int64         // bytes until it hangs up on everybody; 0: never
	gone   bool
}

func startRegistry(t *testing.T) *registryServer {
	t.Helper()
	r := &registryServer{}
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if r.refuses(w, req) {
			return
		}
		if req.Method == http.MethodGet && strings.Contains(req.URL.Path, "/blobs/") {
			w = &faultyWriter{ResponseWriter: w, of: r}
		}
		images.ServeHTTP(w, req)
	})) // for all tests: it ends with the process
	r.host = strings.TrimPrefix(server.URL, "http://")
	return r
}

// faulty makes something wrong until the test ends.
func (r *registryServer) faulty(t *testing.T, change func(*registryServer)) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r)
	t.Cleanup(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.login, r.pace, r.endsIn, r.gone = false, 0, 0, false
	})
}

// refuses answers in the registry's place where it is wrong.
func (r *registryServer) refuses(w http.ResponseWriter, req *http.Request) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		hangUp(w)
		return true
	}
	user, password, _ := req.BasicAuth()
	if !r.login || user == "user" && password == "password" {
		return false
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
	http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`, http.StatusUnauthorized)
	return true
}

func hangUp(w http.ResponseWriter) {
	if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = c.Close()
	}
}

// faultyWriter writes at the registry's pace, and hangs up when its time has come.
type faultyWriter struct {
	http.ResponseWriter
	of *registryServer
}

func (w *faultyWriter) Write(data []byte) (written int, err error) {
	for len(data) > 0 {
		piece := data[:min(len(data), 64<<10)]
		w.of.mu.Lock()
		pace := w.of.pace
		if w.of.endsIn > 0 {
			if w.of.endsIn -= int64(len(piece)); w.of.endsIn <= 0 {
				w.of.gone = true
			}
		}
		gone := w.of.gone
		w.of.mu.Unlock()
		if gone {
			panic(http.ErrAbortHandler)
		}
		if pace > 0 {
			<-time.After(pace)
		}
		n, err := w.ResponseWriter.Write(piece)
		written += n
		if err != nil {
			return written, err
		}
		data = data[len(piece):]
	}
	return written, nil
}
