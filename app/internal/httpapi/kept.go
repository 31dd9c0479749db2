package httpapi

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// What the first gateway did with odd requests, and clients rely on.

// lastOfEach drops all but the last of query parameters with the same name.
func lastOfEach(c *gin.Context) {
	if !strings.Contains(c.Request.URL.RawQuery, "&") {
		return // one at most
	}
	values := queryOf(c.Request.URL)
	repeated := false
	for name, given := range values {
		repeated = repeated || len(given) > 1
		values[name] = given[len(given)-1:]
	}
	if repeated {
		c.Request.URL.RawQuery = values.Encode()
	}
}

// withoutSlash sends clients that end a route with a slash to the route, as the
// first gateway did. The address is relative: the page's server puts a prefix
// before ours.
func (a *API) withoutSlash(c *gin.Context) {
	path := c.Request.URL.EscapedPath()
	bare := strings.TrimRight(path, "/")
	if bare == path || bare == "" || !a.routed(bare) {
		return
	}
	target := strings.Repeat("../", len(path)-len(bare)) + bare[strings.LastIndex(bare, "/")+1:]
	if query := c.Request.URL.RawQuery; query != "" {
		target += "?" + query
	}
	c.Header("Location", target)
	c.AbortWithStatus(http.StatusTemporaryRedirect)
}

// routed tells whether a route has the path.
func (a *API) routed(path string) bool {
	parts := strings.Split(path, "/")
	for _, r := range a.engine.Routes() {
		if matches(strings.Split(r.Path, "/"), parts) {
			return true
		}
	}
	return false
}

// matches compares part by part; one of the pattern that begins with a colon
// stands for any but the empty one.
func matches(pattern, parts []string) bool {
	if len(pattern) != len(parts) {
		return false
	}
	for i, p := range pattern {
		if p != parts[i] && (!strings.HasPrefix(p, ":") || parts[i] == "") {
			return false
		}
	}
	return true
}
