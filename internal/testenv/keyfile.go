package testenv

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Key is a keyfile's content, for tests alone.
const Key = "bm90IGEgc2VjcmV0LCBidXQgYSB0ZXN0J3Mga2V5"

// Keyfile writes keys as a keyfile that mongods take: Key alone, or a list.
func Keyfile(t testing.TB, keys ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "keyfile")
	text := Key
	if len(keys) > 0 {
		text = "- " + strings.Join(keys, "\n- ")
	}
	if err := os.WriteFile(path, []byte(text+"\n"), 0o400); err != nil {
		t.Fatalf("write a keyfile: %v", err)
	}
	return path
}

// Auth are a mongod's flags for logins with the keyfile, which nobody passes by.
func Auth(keyfile string) []string {
	return []string{"--keyFile", keyfile, "--setParameter", "enableLocalhostAuthBypass=false"}
}

// asMember has a client log in as members of a cluster do, if args name a keyfile.
func asMember(t testing.TB, opts *options.ClientOptions, args []string) *options.ClientOptions {
	t.Helper()
	i := slices.Index(args, "--keyFile")
	if i < 0 {
		return opts
	}
	text, err := os.ReadFile(args[i+1])
	if err != nil {
		t.Fatalf("read the keyfile: %v", err)
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(string(text), "- "), "\n")
	return opts.SetAuth(Member(first))
}

// Member is the credential of a cluster's members.
func Member(key string) options.Credential {
	return options.Credential{AuthMechanism: "SCRAM-SHA-256", AuthSource: "local", Username: "__system", Password: key}
}
