package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Salts that the engine made, of the empty passphrase and of another one.
const (
	emptySalt = "v1:sDsszFcZ+q4=:v1:fwMA5nANuvFrqHUP:vgfVnBix53UBYKNLb9GwaNJUnPplwA=="
	otherSalt = "v1:+dwLHhREBO8=:v1:3reFICVoN8fyGi9e:m7QLZxZ/i2xbW68U97PjLIud8Bdhrw=="
)

// withState writes the state of a stack, as far as it tells about secrets.
func withState(t *testing.T, dir, salt string) {
	t.Helper()
	folder := filepath.Join(dir, ".pulumi", "stacks", project)
	require.NoError(t, os.MkdirAll(folder, 0o700))
	text := fmt.Sprintf(`{"checkpoint": {"latest": {"secrets_providers": {"type": "passphrase", "state": {"salt": %q}}}}}`, salt)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "dev.json"), []byte(text), 0o600))
}

func TestTheFirstPassphrase(t *testing.T) {
	const random, refused = "random", "refused"
	for name, tc := range map[string]struct {
		settings, state string // the state's salt
		want            string
		left            string // of the settings, if they are changed
	}{
		"a new stack":                            {settings: "config: {}\n", want: random},
		"no settings":                            {want: random},
		"of a version with the empty passphrase": {settings: "encryptionsalt: " + emptySalt + "\nconfig: {}\n", state: emptySalt},
		"the same, its salt no longer committed": {settings: "config: {}\n", state: emptySalt},
		"its file is lost":                       {settings: "config: {}\n", state: otherSalt, want: refused},
		"somebody committed another checkout's salt": {
			settings: "# mine\nencryptionsalt: " + otherSalt + "\nconfig: {}\n", want: random, left: "# mine\nconfig: {}\n",
		},
		"the same, of the empty passphrase": {settings: "config: {}\nencryptionsalt: " + emptySalt, want: random, left: "config: {}\n"},
		"with an encrypted setting": {
			settings: "encryptionsalt: " + otherSalt + "\nconfig:\n  speedscale:network:\n    secure: v1:x:y\n", want: refused,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(passphraseFileVariable, "")
			require.NoError(t, os.Unsetenv(passphraseVariable))
			a := &app{stack: "dev", dir: projectFolder(t, tc.settings)}
			require.NoError(t, os.WriteFile(filepath.Join(a.dir, "Pulumi.yaml"), []byte("name: speedscale\nruntime: go\nbackend: {url: file://.}\n"), 0o600))
			if tc.state != "" {
				withState(t, a.dir, tc.state)
			}
			err := a.providePassphrase()
			if tc.want == refused {
				require.EqualError(t, err, "provide the stack's passphrase: Pulumi.dev.passphrase is missing, and the stack was created with a passphrase: bring that file back, or set PULUMI_CONFIG_PASSPHRASE")
				require.NoFileExists(t, a.passphraseFile())
				return
			}
			require.NoError(t, err)
			require.Equal(t, a.passphraseFile(), os.Getenv(passphraseFileVariable))
			info, err := os.Stat(a.passphraseFile())
			require.NoError(t, err)
			require.EqualValues(t, 0o600, info.Mode().Perm())
			phrase, err := os.ReadFile(a.passphraseFile())
			require.NoError(t, err)
			if tc.want == random {
				require.GreaterOrEqual(t, len(phrase), 26)
			} else {
				require.Empty(t, phrase)
			}
			if tc.left != "" {
				left, err := os.ReadFile(a.settingsFile())
				require.NoError(t, err)
				require.Equal(t, tc.left, string(left))
			}
			require.NoError(t, a.providePassphrase(), "the second time it is there")
			again, err := os.ReadFile(a.passphraseFile())
			require.NoError(t, err)
			require.Equal(t, phrase, again)
		})
	}
}

// What the user says is not written down.
func TestAPassphraseThatIsGiven(t *testing.T) {
	a := &app{stack: "dev", dir: projectFolder(t, "config: {}")}
	t.Setenv(passphraseVariable, "")
	require.NoError(t, a.providePassphrase())
	require.NoFileExists(t, a.passphraseFile())
	require.NoError(t, os.Unsetenv(passphraseVariable))
	t.Setenv(passphraseFileVariable, "/run/keys/passphrase")
	require.NoError(t, a.providePassphrase())
	require.Equal(t, "/run/keys/passphrase", os.Getenv(passphraseFileVariable))
	require.NoFileExists(t, a.passphraseFile())
}
