package images

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInstalled(t *testing.T) {
	const locked = `{"packages": {"": {"name": "page"}, "node_modules/react": {"integrity": "r1"},
		"node_modules/darwin": {"integrity": "d1", "optional": true}}}`
	for _, c := range []struct {
		name, have string
		want       bool
	}{
		{"nothing yet", "", false},
		{"all that this system needs", `{"packages": {"node_modules/react": {"integrity": "r1"}}}`, true},
		{"optional ones too", `{"packages": {"node_modules/react": {"integrity": "r1"}, "node_modules/darwin": {"integrity": "d1"}}}`, true},
		{"another version", `{"packages": {"node_modules/react": {"integrity": "r0"}}}`, false},
		{"another optional version", `{"packages": {"node_modules/react": {"integrity": "r1"}, "node_modules/darwin": {"integrity": "d0"}}}`, false},
		{"one missing", `{"packages": {"node_modules/darwin": {"integrity": "d1"}}}`, false},
		{"one too many", `{"packages": {"node_modules/react": {"integrity": "r1"}, "node_modules/old": {"integrity": "o1"}}}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "package-lock.json"), locked)
			if c.have != "" {
				write(t, filepath.Join(dir, "node_modules", ".package-lock.json"), c.have)
			}
			got, err := installed(dir)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestInstalledNamesAFileItCannotRead(t *testing.T) {
	dir := t.TempDir()
	_, err := installed(dir)
	require.ErrorContains(t, err, "package-lock.json")
	write(t, filepath.Join(dir, "package-lock.json"), "<<<<<<< HEAD")
	_, err = installed(dir)
	require.ErrorContains(t, err, filepath.Join(dir, "package-lock.json")+": invalid character")
}
