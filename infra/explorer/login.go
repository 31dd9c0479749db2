package explorer

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"sync"
	"time"

	"speedscale/internal/secretfile"
)

// login is a name and a password; the zero one is none.
type login struct{ user, password string }

// loginFrom reads the name from one variable, and the password from the file that
// another names. Without both there is no login.
func loginFrom(getenv func(string) string, user, file string) (login, error) {
	l, name := login{user: getenv(user)}, getenv(file)
	switch {
	case l.user == "" && name == "":
		return l, nil
	case l.user == "":
		return l, fmt.Errorf("%s: want the user whose password is in %s", user, file)
	case name == "":
		return l, fmt.Errorf("%s: want the file with the password of %s", file, user)
	}
	var err error
	if l.password, err = secretfile.Read(name); err != nil {
		return l, fmt.Errorf("%s: %w", file, err)
	}
	return l, nil
}

// is takes as long whatever is wrong.
func (l login) is(user, password string) bool {
	same := func(a, b string) int {
		x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
		return subtle.ConstantTimeCompare(x[:], y[:])
	}
	return same(l.user, user)&same(l.password, password) == 1
}

// door lets those in who know the login.
func (l login) door(next http.Handler) http.Handler {
	if l == (login{}) {
		return next
	}
	guard := &guard{login: l, now: time.Now}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, given := r.BasicAuth()
		status := http.StatusUnauthorized
		if given {
			status = guard.judge(user, password)
		}
		switch status {
		case http.StatusOK:
			next.ServeHTTP(w, r)
		case http.StatusTooManyRequests:
			w.Header().Set("Retry-After", "60")
			writeJSON(w, status, map[string]string{"error": "Too many wrong passwords. Please wait a minute."})
		default:
			w.Header().Set("WWW-Authenticate", `Basic realm="SpeedScale cache", charset="UTF-8"`)
			writeJSON(w, status, map[string]string{"error": "This page asks for a login."})
		}
	})
}

// guard bounds guessing. After so many wrong passwords in a minute nobody's is
// looked at, not even a right one: all visitors come from one address, that of
// Docker's network.
type guard struct {
	login
	now func() time.Time

	mu    sync.Mutex
	wrong [10]time.Time // a ring
	next  int
}

func (g *guard) judge(user, password string) (status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.now().Sub(g.wrong[g.next]) < time.Minute:
		return http.StatusTooManyRequests
	case g.is(user, password):
		return http.StatusOK
	}
	g.wrong[g.next] = g.now()
	g.next = (g.next + 1) % len(g.wrong)
	return http.StatusUnauthorized
}
