package images

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLocalPackagesFollowsImports(t *testing.T) {
	root := t.TempDir()
	for file, content := range map[string]string{
		"cmd/a/main.go":      "package main\nimport (\n\t\"fmt\"\n\t\"speedscale/b\"\n\tother \"example.com/speedscale/x\"\n)\n",
		"cmd/a/main_test.go": "package main\nimport _ \"speedscale/onlytests\"\n",
		"b/b.go":             "package b\nimport _ \"speedscale/c\"\n",
		"b/linux.go":         "//go:build linux\n\npackage b\nimport _ \"speedscale/d\"\n",
		"c/c.go":             "package c\nimport _ \"speedscale/b\"\n", // a loop ends, although no compiler takes it
		"d/d.go":             "package d\n",
	} {
		write(t, filepath.Join(root, file), content)
	}
	got, err := (&preparer{Options: Options{Root: root}}).localPackages("cmd/a")
	require.NoError(t, err)
	require.Equal(t, []string{"b", "c", "cmd/a", "d"}, got)
}

func TestLocalPackagesSaysWhatItCannotRead(t *testing.T) {
	root := t.TempDir()
	p := &preparer{Options: Options{Root: root}}
	write(t, filepath.Join(root, "cmd/a/main.go"), "package main\nimport _ \"speedscale/gone\"\n")
	_, err := p.localPackages("cmd/a")
	require.ErrorContains(t, err, "read the sources of cmd/a: no Go file in "+filepath.Join(root, "gone"))
	write(t, filepath.Join(root, "cmd/a/main.go"), "package main\nimport \"unclosed\n")
	_, err = p.localPackages("cmd/a")
	require.ErrorContains(t, err, "main.go:2")
}

// Whatever the compiler reads of this module, the key covers.
func TestSourceKeyCoversWhatIsEmbedded(t *testing.T) {
	root := t.TempDir()
	p := &preparer{Options: Options{Root: root}}
	write(t, filepath.Join(root, "go.mod"), "module speedscale\n")
	write(t, filepath.Join(root, "go.sum"), "")
	write(t, filepath.Join(root, "cmd/a/main.go"), "package main\n")
	write(t, filepath.Join(root, "cmd/a/static/page.html"), "<html>")
	before, err := p.sourceKey("cmd/a")
	require.NoError(t, err)

	write(t, filepath.Join(root, "cmd/a/testdata/x"), "x")
	same, err := p.sourceKey("cmd/a")
	require.NoError(t, err)
	require.Equal(t, before, same)

	write(t, filepath.Join(root, "cmd/a/static/page.html"), "<html lang=en>")
	after, err := p.sourceKey("cmd/a")
	require.NoError(t, err)
	require.NotEqual(t, before, after)
}
