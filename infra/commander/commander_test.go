package commander

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMistakes(t *testing.T) {
	whole := Config{Host: "redis", Port: 6379, RedisPassword: "s3cret", Visitor: "visitor", Password: "s3cret"}
	text, err := File(whole)
	require.NoError(t, err)
	again, err := File(whole)
	require.NoError(t, err)
	require.Equal(t, text, again, "or each deployment would change it")
	for want, change := range map[string]func(*Config){
		"Redis Commander: Redis's host is missing":                 func(c *Config) { c.Host = "" },
		"Redis Commander: the Redis user ui's password is missing": func(c *Config) { c.RedisPassword = "" },
		"Redis Commander: the visitors' name is missing":           func(c *Config) { c.Visitor = "" },
		"Redis Commander: the visitors' password is missing":       func(c *Config) { c.Password = "" },
	} {
		c := whole
		change(&c)
		_, err := File(c)
		require.EqualError(t, err, want)
	}
}
