package explorer

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLoginFrom(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte("s3cret\n"), 0o600))
	for name, c := range map[string]struct {
		user, file string
		want       login
		err        string
	}{
		"none":     {"", "", login{}, ""},
		"both":     {"ui", file, login{"ui", "s3cret"}, ""},
		"no user":  {"", file, login{}, "PAGE_USER: want the user whose password is in PAGE_PASSWORD_FILE"},
		"no file":  {"ui", "", login{}, "PAGE_PASSWORD_FILE: want the file with the password of PAGE_USER"},
		"not read": {"ui", "s3cret", login{}, "PAGE_PASSWORD_FILE: the file cannot be read: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"PAGE_USER": c.user, "PAGE_PASSWORD_FILE": c.file}
			got, err := loginFrom(func(name string) string { return env[name] }, "PAGE_USER", "PAGE_PASSWORD_FILE")
			if c.err != "" {
				require.EqualError(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

// visit asks for a path as somebody; without a name, as nobody.
func visit(h http.Handler, path, user, password string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestNothingIsShownWithoutALogin(t *testing.T) {
	s := newStand(t)
	s.do(t, "set", "lamp", "on")
	h := s.explorer.handler(links{"3000", "8081"}, login{"visitor", "s3cret é"})
	for _, path := range append(paths, "/else", "/api/key?id=!") {
		for _, as := range []login{{}, {"visitor", ""}} {
			got := visit(h, path, as.user, as.password)
			require.Contains(t, []int{http.StatusUnauthorized, http.StatusTooManyRequests}, got.Code, path)
			require.NotContains(t, got.Body.String(), "lamp")
			require.Contains(t, got.Header().Get("Content-Security-Policy"), "default-src 'none'")
		}
	}
	h = s.explorer.handler(links{"3000", "8081"}, login{"visitor", "s3cret é"})
	require.Equal(t, `Basic realm="SpeedScale cache", charset="UTF-8"`, visit(h, "/", "", "").Header().Get("WWW-Authenticate"))
	for _, path := range paths {
		require.Equal(t, http.StatusOK, visit(h, path, "visitor", "s3cret é").Code, path)
	}
	for _, wrong := range []login{{"visitor", "s3cret"}, {"other", "s3cret é"}, {"s3cret é", "visitor"}, {"visitor", "s3cret é "}} {
		require.Equal(t, http.StatusUnauthorized, visit(h, "/", wrong.user, wrong.password).Code, wrong)
	}
}

func TestGuessingIsSlow(t *testing.T) {
	now := time.Now()
	g := &guard{login: login{"visitor", "s3cret"}, now: func() time.Time { return now }}
	for range len(g.wrong) {
		require.Equal(t, http.StatusOK, g.judge("visitor", "s3cret"), "a right one costs nothing")
		require.Equal(t, http.StatusUnauthorized, g.judge("visitor", "guess"))
	}
	for range 1000 {
		require.Equal(t, http.StatusTooManyRequests, g.judge("visitor", "guess"))
	}
	require.Equal(t, http.StatusTooManyRequests, g.judge("visitor", "s3cret"), "or guessing would go on")
	now = now.Add(time.Minute)
	require.Equal(t, http.StatusOK, g.judge("visitor", "s3cret"))
}
