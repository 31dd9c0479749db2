package httpapi

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestClientAddress(t *testing.T) {
	for name, tc := range map[string]struct {
		trusted   []string
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy":               {nil, "203.0.113.7:99", nil, "203.0.113.7"},
		"forged":                 {[]string{"10.0.0.0/8"}, "203.0.113.7:99", []string{"1.2.3.4"}, "203.0.113.7"},
		"trusted":                {[]string{"10.0.0.0/8"}, "10.1.2.3:99", []string{"1.2.3.4"}, "1.2.3.4"},
		"trusted, one address":   {[]string{"10.1.2.3"}, "10.1.2.3:99", []string{"1.2.3.4"}, "1.2.3.4"},
		"forged before a proxy":  {[]string{"10.0.0.0/8"}, "10.1.2.3:99", []string{"6.6.6.6, 1.2.3.4"}, "1.2.3.4"},
		"two headers":            {[]string{"10.0.0.0/8"}, "10.1.2.3:99", []string{"6.6.6.6", "1.2.3.4"}, "1.2.3.4"},
		"two proxies":            {[]string{"10.0.0.0/8"}, "10.1.2.3:99", []string{"1.2.3.4, 10.9.9.9"}, "1.2.3.4"},
		"only proxies":           {[]string{"10.0.0.0/8"}, "10.1.2.3:99", []string{"10.9.9.9"}, "10.9.9.9"},
		"nothing forwarded":      {[]string{"10.0.0.0/8"}, "10.1.2.3:99", nil, "10.1.2.3"},
		"nonsense forwarded":     {[]string{"10.0.0.0/8"}, "10.1.2.3:99", []string{"me"}, "10.1.2.3"},
		"IPv4 in IPv6":           {[]string{"10.0.0.0/8"}, "[::ffff:10.1.2.3]:99", []string{"::ffff:1.2.3.4"}, "1.2.3.4"},
		"by name":                {[]string{"frontend"}, "172.18.0.5:99", []string{"1.2.3.4"}, "1.2.3.4"},
		"another than the named": {[]string{"frontend"}, "172.18.0.6:99", []string{"1.2.3.4"}, "172.18.0.6"},
		"a name that is unknown": {[]string{"gone"}, "172.18.0.5:99", []string{"1.2.3.4"}, "172.18.0.5"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProxies(tc.trusted)
			p.lookup = func(_ context.Context, _, host string) ([]netip.Addr, error) {
				if host == "frontend" {
					return []netip.Addr{netip.MustParseAddr("172.18.0.5")}, nil
				}
				return nil, errors.New("no such host")
			}
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
			r.RemoteAddr = tc.peer
			r.Header["X-Forwarded-For"] = tc.forwarded
			require.Equal(t, tc.want, p.client(r).String())
		})
	}
}

func TestAReplacedProxyIsTrustedAtItsNewAddress(t *testing.T) {
	p := newProxies([]string{"frontend"})
	at, lookups := netip.MustParseAddr("172.18.0.5"), 0
	p.lookup = func(context.Context, string, string) ([]netip.Addr, error) { lookups++; return []netip.Addr{at}, nil }
	require.True(t, p.trusts(t.Context(), at))
	require.False(t, p.trusts(t.Context(), netip.MustParseAddr("172.18.0.9")))
	require.Equal(t, 1, lookups, "strangers do not make it ask each time")
	at = netip.MustParseAddr("172.18.0.9")
	p.resolved = time.Now().Add(-2 * resolvedFor)
	require.True(t, p.trusts(t.Context(), at))
	require.False(t, p.trusts(t.Context(), netip.MustParseAddr("172.18.0.5")))
}
