package secretfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRead(t *testing.T) {
	for content, want := range map[string]string{"s3cret": "s3cret", "s3cret\n": "s3cret", " s 3 \r\n": " s 3 "} {
		name := filepath.Join(t.TempDir(), "password")
		require.NoError(t, os.WriteFile(name, []byte(content), 0o400))
		got, err := Read(name)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for content, want := range map[string]string{
		"": "the file is empty", "\n": "the file is empty", "s3cret\ns3cret": "the file has more than one line", "s3cret\x00": "the file has more than one line",
	} {
		name := filepath.Join(t.TempDir(), "password")
		require.NoError(t, os.WriteFile(name, []byte(content), 0o400))
		_, err := Read(name)
		require.EqualError(t, err, want)
	}
	for name, want := range map[string]string{
		"s3cret": "the file cannot be read: no such file or directory", t.TempDir(): "the file cannot be read: is a directory", "s3\x00cret": "the file cannot be read: invalid argument",
	} {
		_, err := Read(name)
		require.EqualError(t, err, want)
	}
}
