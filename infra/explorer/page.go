package explorer

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

//go:embed page.html
var pageSource string

// links are the ports on which the host has what the page points to.
type links struct{ shop, commander string }

// linksFrom takes the ports from the environment. A port that is none is left
// at its default: a wrong link is no reason for Redis not to run.
func linksFrom(getenv func(string) string) links {
	port := func(name, otherwise string) string {
		if n, err := strconv.ParseUint(getenv(name), 10, 16); err == nil && n > 0 {
			return strconv.FormatUint(n, 10)
		}
		return otherwise
	}
	return links{shop: port("SHOP_PORT", "3000"), commander: port("COMMANDER_PORT", "8081")}
}

// handler serves the page and what it asks for. All of it only reads.
func (e *explorer) handler(l links, visitors login) http.Handler {
	body := strings.NewReplacer("{{shop}}", l.shop, "{{commander}}", l.commander).Replace(pageSource)
	policy := contentPolicy(body)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		_, _ = w.Write([]byte(body)) // a client that hung up is no concern of ours
	})
	mux.HandleFunc("GET /api/overview", e.serveOverview)
	mux.HandleFunc("GET /api/keys", e.get(e.keys))
	mux.HandleFunc("GET /api/key", e.get(e.value))
	mux.HandleFunc("GET /api/slowlog", e.get(e.slowLog))
	return guarded(visitors.door(mux))
}

// guarded forbids other sites to show, to embed or to remember what is here.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Cache-Control":                "no-store",
			"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Referrer-Policy":              "no-referrer",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
		} {
			w.Header().Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}

// contentPolicy lets the page run its own script and style, known by their
// hashes, ask this server, and nothing else.
func contentPolicy(body string) string {
	return "default-src 'none'; script-src " + hashOf(body, "script") + "; style-src " + hashOf(body, "style") +
		"; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

func hashOf(body, tag string) string {
	_, rest, _ := strings.Cut(body, "<"+tag+">")
	inside, _, _ := strings.Cut(rest, "</"+tag+">")
	sum := sha256.Sum256([]byte(inside))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
