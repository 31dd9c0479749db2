package images

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSlim(t *testing.T) {
	dir := t.TempDir()
	from, to, etc := filepath.Join(dir, "from.tar"), filepath.Join(dir, "to.tar"), filepath.Join(dir, "etc")
	write(t, filepath.Join(etc, "passwd"), "root:x:0:0\n")
	f, err := os.Create(from)
	require.NoError(t, err)
	w := tar.NewWriter(f)
	for _, header := range []tar.Header{
		{Name: "./etc/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "./etc/hostname", Size: 2},
		{Name: "./etc/host.conf", Size: 2},
		{Name: "./dev/null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3},
		{Name: "./usr/share/doc/bash/README", Size: 2},
		{Name: "./usr/share/docker", Size: 2, Mode: 0o6775, Uid: 7, Gid: 7, Uname: "me", Gname: "us"},
		{Name: "./var/tmp/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "./bin/sh", Typeflag: tar.TypeSymlink, Linkname: "bash"},
	} {
		require.NoError(t, w.WriteHeader(&header))
		_, err := io.WriteString(w, "hi"[:header.Size])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
	require.NoError(t, slim(from, to, etc))

	got, err := os.Open(to)
	require.NoError(t, err)
	defer func() { require.NoError(t, got.Close()) }()
	r := tar.NewReader(got)
	var names []string
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		names = append(names, header.Name)
		if header.Name == "./var/tmp/" {
			require.Equal(t, int64(0o1777), header.Mode)
		}
		if header.Name == "./usr/share/docker" {
			require.Equal(t, "0 0  ", fmt.Sprintf("%d %d %s %s", header.Uid, header.Gid, header.Uname, header.Gname), "whoever made the archive")
			require.Equal(t, int64(0o755), header.Mode)
			content, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, "hi", string(content))
		}
	}
	require.Equal(t, []string{"./etc/", "./etc/host.conf", "./usr/share/docker", "./var/tmp/", "./bin/sh", "./etc/passwd"}, names)
	require.ErrorContains(t, slim(filepath.Join(dir, "gone.tar"), to, etc), "gone.tar")
}
