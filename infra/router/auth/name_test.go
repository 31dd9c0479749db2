package auth

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFirstUser(t *testing.T) {
	for message, want := range map[string]string{
		"n,,n=jane,r=abc":           "jane",
		"y,,n=jane,r=abc":           "jane",
		"p=tls-unique,,n=jane,r=a":  "jane",
		"n,a=jane,n=jane,r=abc":     "jane",
		"n,,n=a=2Cb=3Dc=3D2C,r=abc": "a,b=c=2C",
		"n,,n=jane":                 "",
		"n,,n=,r=abc":               "",
		"n,,r=abc,n=jane":           "",
		"n,,m=x,n=jane,r=abc":       "",
		"x,,n=jane,r=abc":           "",
		"n,jane,n=jane,r=abc":       "",
		"n,,n=a=2cb,r=abc":          "",
		"n,,n=a=,r=abc":             "",
		"":                          "",
		",":                         "",
	} {
		got, err := FirstUser(message)
		require.Equal(t, want == "", err != nil, message)
		require.Equal(t, want, got, message)
	}
}

// Whatever a user is called, its name comes back as it was.
func TestNamesAreUnescaped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Filter(func(s string) bool { return s != "" }).Draw(t, "name")
		escaped := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(name)
		got, err := FirstUser("n,,n=" + escaped + ",r=nonce")
		require.NoError(t, err)
		require.Equal(t, name, got)
	})
}

func TestReservedNames(t *testing.T) {
	require.False(t, System.Reserved(), "whoever has a key of the keyfile may use it")
	require.True(t, Name{"__system", "admin"}.Reserved())
	require.True(t, Name{"jane", "local"}.Reserved())
	require.False(t, Name{"jane", "admin"}.Reserved())
}
