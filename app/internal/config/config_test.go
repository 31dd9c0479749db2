package config

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDefaults(t *testing.T) {
	c, err := Parse(map[string]string{})
	require.NoError(t, err)
	require.Equal(t, "speedscale", c.Database())
	require.Equal(t, ":8000", c.ListenAddr)
	require.Equal(t, 2000, c.SeedTarget)
	require.Equal(t, []time.Duration{60 * time.Second, 300 * time.Second, 120 * time.Second}, []time.Duration{c.SearchTTL, c.ProductTTL, c.SimilarTTL})
	require.Equal(t, 60, c.RateLimit)
	require.Equal(t, slog.LevelInfo, c.LogLevel)
	require.Empty(t, c.TrustedProxies)
	require.Equal(t, map[string]string{"frontend": "frontend:3000", "redis-ui": "redis-ui:8081"}, c.TopologyParts)
	require.Equal(t, "mongos:27017", c.MongosHost())
	require.Equal(t, "redis:6379", c.RedisHost())
}

func TestEveryMistakeIsReportedAtOnce(t *testing.T) {
	_, err := Parse(map[string]string{
		"MONGO_URI": "mongodb://u:secret@mongos:27017", "REDIS_URL": "http://u:secret@redis", "LISTEN_ADDR": "8000", "PROFILE_ADDR": "6060", "SEED_TARGET": "many",
		"SEARCH_TTL": "60", "PRODUCT_TTL": "-5s", "SIMILAR_TTL": "0s", "RATE_LIMIT": "-1", "TRUSTED_PROXIES": "10.0.0.0/8,10.0.0.0/33",
		"TOPOLOGY_PARTS": "nginx=frontend:3000",
		"LOG_LEVEL":      "loud", "INIT_TIMEOUT": "1ms",
	})
	require.Error(t, err)
	for _, want := range []string{
		`MONGO_URI is "(not shown, as it may hold a password)": want mongodb://host:27017/database`,
		`REDIS_URL is "(not shown, as it may hold a password)": want redis://host:6379`,
		`LISTEN_ADDR is "8000": want an address and port such as :8000`,
		`PROFILE_ADDR is "6060": want an address and port such as 127.0.0.1:6060, or nothing`,
		`SEED_TARGET is "many": want a whole number`,
		`SEARCH_TTL is "60": want a duration such as 60s`,
		`PRODUCT_TTL is "-5s": want a duration of at least 1s`,
		`SIMILAR_TTL is "0s": want`,
		`RATE_LIMIT is "-1": want requests a minute`,
		`TRUSTED_PROXIES is "10.0.0.0/33": want addresses, networks`,
		`TOPOLOGY_PARTS is "nginx=frontend:3000": want frontend=host:port`,
		`LOG_LEVEL is "loud": want debug, info, warn or error`,
		`INIT_TIMEOUT is "1ms": want a duration of at least 1s`,
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "secret")
	require.NotContains(t, err.Error(), "10.0.0.0/8", "what is right is not reported")
}

func TestProxies(t *testing.T) {
	for proxy, valid := range map[string]bool{
		"10.0.0.1": true, "::1": true, "172.18.0.0/16": true, "frontend": true, "web-1.example.org": true, "shard1_web": true,
		"": false, "10.0.0.256": false, "172.18.0.0/33": false, "two words": false, "-x": false, "http://frontend": false, "frontend:3000": false,
	} {
		require.Equal(t, valid, validProxy(proxy), proxy)
	}
}

func TestListenAddr(t *testing.T) {
	for addr, valid := range map[string]bool{
		":8000": true, "127.0.0.1:0": true, "[::1]:8000": true, "localhost:80": true, "": false, ":": false, "8000": false, ":70000": false, "web:80": false,
	} {
		require.Equal(t, valid, validListenAddr(addr), addr)
	}
}
