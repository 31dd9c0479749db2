package auth

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func written(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	require.NoError(t, os.Chmod(path, mode))
	return path
}

func TestKeyfile(t *testing.T) {
	long := strings.Repeat("k", 1024)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"a key":            {"abcdef", []string{"abcdef"}},
		"ends in newlines": {"abcdef\n\n", []string{"abcdef"}},
		"several lines":    {"abc\ndef+/\r\n\tghi==\n", []string{"abcdef+/ghi=="}},
		"digits alone":     {"0123456", []string{"0123456"}},
		"the longest":      {long, []string{long}},
		"a list of one":    {"- abcdef\n", []string{"abcdef"}},
		"a list of two":    {"- abcdef\n- ghijkl\n", []string{"abcdef", "ghijkl"}},
		"in brackets":      {`["abc def", 'ghijkl']`, []string{"abcdef", "ghijkl"}},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := parseKeys([]byte(c.text))
			require.NoError(t, err)
			require.Equal(t, c.want, keys)
			m, err := ReadKeyfile(written(t, c.text, 0o400))
			require.NoError(t, err)
			require.Len(t, m.keys, len(c.want))
			for _, how := range []string{"%v", "%+v", "%#v", "%s"} {
				require.NotContains(t, fmt.Sprintf(how, m), c.want[0], "it prints its keys")
			}
		})
	}
}

func TestWrongKeyfiles(t *testing.T) {
	const secret = "s3cr3t"
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"empty":         {"", 0o400, "empty"},
		"blank":         {" \n\t\n", 0o400, ""},
		"too short":     {secret[:5], 0o400, "6 to 1024"},
		"too long":      {strings.Repeat(secret, 200), 0o400, "6 to 1024"},
		"far too long":  {strings.Repeat(secret, 20_000), 0o400, "bytes"},
		"no base64":     {secret + "!*", 0o400, "base64"},
		"three keys":    {"- abcdef\n- abcdef\n- " + secret, 0o400, "3 keys"},
		"no keys":       {"[]", 0o400, "0 keys"},
		"a map":         {"key: " + secret, 0o400, "neither"},
		"a nested list": {"- [" + secret + "]", 0o400, "neither"},
		"no YAML":       {"[" + secret, 0o400, "neither"},
		"group reads":   {secret, 0o440, "too open"},
		"all read":      {secret, 0o604, "too open"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadKeyfile(written(t, c.text, c.mode))
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), secret[:5])
		})
	}
	_, err := ReadKeyfile(filepath.Join(t.TempDir(), "none"))
	require.ErrorContains(t, err, "no such file")
	_, err = ReadKeyfile(t.TempDir())
	require.ErrorContains(t, err, "no file")
}
