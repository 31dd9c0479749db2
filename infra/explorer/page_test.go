package explorer

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPage(t *testing.T) {
	got := stand{explorer: newExplorer(nil)}.request(http.MethodGet, "/")
	require.Equal(t, http.StatusOK, got.Code)
	require.Equal(t, "text/html; charset=utf-8", got.Header().Get("Content-Type"))
	body, policy := got.Body.String(), got.Header().Get("Content-Security-Policy")
	require.Contains(t, body, "It is not RedisInsight")
	for _, tag := range []string{"script", "style"} {
		found := regexp.MustCompile(`(?s)<`+tag+`\b[^>]*>(.*?)</`+tag+`>`).FindAllStringSubmatch(body, -1)
		require.Len(t, found, 1, "the policy knows one %s", tag)
		sum := sha256.Sum256([]byte(found[0][1]))
		require.Contains(t, policy, tag+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	require.NotContains(t, policy, "unsafe")
	require.NotRegexp(t, `(?i)innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(`, body, "what comes from Redis is text")
	require.NotRegexp(t, `(?i)<[^>]+\s(style|on[a-z]+)=`, body, "the policy forbids these")
	require.NotRegexp(t, `\s(src|srcset)=|url\(|@import`, body, "one file")
}

func TestLinksToTheOtherPages(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		want links
	}{
		"not set": {nil, links{"3000", "8081"}},
		"others":  {map[string]string{"SHOP_PORT": "13000", "COMMANDER_PORT": "18081"}, links{"13000", "18081"}},
		"wrong":   {map[string]string{"SHOP_PORT": `"><script>`, "COMMANDER_PORT": "65536"}, links{"3000", "8081"}},
		"zero":    {map[string]string{"SHOP_PORT": "0", "COMMANDER_PORT": "-1"}, links{"3000", "8081"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, linksFrom(func(name string) string { return c.env[name] }))
		})
	}
	s := stand{explorer: newExplorer(nil)}
	body := s.request(http.MethodGet, "/").Body.String()
	require.Contains(t, body, `data-port="3000" href="//127.0.0.1:3000/"`)
	require.Contains(t, body, `data-port="8081" href="//127.0.0.1:8081/"`)
	require.NotContains(t, body, "{{")
}
