package images

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// base is a root file system made of Debian packages.
type base struct {
	suite    string
	packages []string
}

// epoch is the time of every file that is made up here, so that the same
// packages give the same bytes.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// unwanted is what a container has no use for, and what tells of the machine
// that a base was made on: its name, its resolver, its mirror.
var unwanted = []string{
	"dev", "etc/apt", "etc/dpkg", "etc/hostname", "etc/resolv.conf", "usr/include", "usr/share/bash-completion", "usr/share/doc",
	"usr/share/info", "usr/share/lintian", "usr/share/locale", "usr/share/man", "usr/share/perl5", "usr/share/vim",
	"var/cache", "var/lib/apt", "var/lib/dpkg", "var/log/apt",
}

// temporary is where everybody may write.
var temporary = []string{"tmp", "var/tmp"}

// rootfs extracts Debian packages without running their scripts: nothing is
// executed in the new system. The users are those of the folder etc.
func (p *preparer) rootfs(b base) input {
	users := filepath.Join(p.Root, "infra", "images", "etc")
	usersSum, err := hashTree(users, nil)
	args := []string{"--variant=extract", "--architectures=amd64", "--include=" + strings.Join(b.packages, ",")}
	fill := func(ctx context.Context, tmp string) error {
		p.Progress("collecting Debian packages (" + b.suite + ": " + strings.Join(b.packages, ", ") + ")")
		whole := filepath.Join(tmp, "whole.tar")
		cmd := exec.CommandContext(ctx, "mmdebstrap", append(args, "--mode="+chrootMode(os.Geteuid()), b.suite, whole)...)
		cmd.Env = append(os.Environ(), fmt.Sprint("SOURCE_DATE_EPOCH=", epoch.Unix()))
		if err := run(cmd, "apt-get install mmdebstrap; or set speedscale:images: registry"); err != nil {
			return err
		}
		if err := slim(whole, filepath.Join(tmp, "rootfs.tar"), users); err != nil {
			return err
		}
		return os.Remove(whole)
	}
	key := keyOf("rootfs 2", strings.Join(args, " "), strings.Join(unwanted, " "), b.suite, usersSum)
	dir := filepath.Join(p.cache, "rootfs", b.suite+"-"+key[:12])
	return input{step: step{dir: dir, key: key, fill: fill, err: err}, file: "rootfs.tar", as: "rootfs.tar"}
}

// chrootMode is how mmdebstrap gets into the new system. Nothing is run there,
// so an ordinary user needs neither a chroot nor a user namespace; root is
// refused that way.
func chrootMode(uid int) string {
	if uid == 0 {
		return "root"
	}
	return "chrootless"
}

// slim copies an archive without what is unwanted, and adds the files of the
// folder etc.
func slim(from, to, etc string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w := tar.NewWriter(out)
	if err := copyWanted(w, tar.NewReader(in)); err != nil {
		return fmt.Errorf("slim %s: %w", filepath.Base(from), err)
	}
	if err := addFiles(w, etc); err != nil {
		return err
	}
	return w.Close()
}

func copyWanted(w *tar.Writer, r *tar.Reader) error {
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if isUnwanted(path.Clean(header.Name)) {
			continue
		}
		if err := w.WriteHeader(anyones(header)); err != nil {
			return err
		}
		if _, err := io.Copy(w, r); err != nil {
			return err
		}
	}
}

// anyones drops from an entry what depends on who made the archive. An ordinary
// user's has other owners, and modes without set-id bits and without what a
// umask takes; nothing in an image needs those, but for the folders of
// temporary files.
func anyones(h *tar.Header) *tar.Header {
	mode := h.Mode & 0o755
	if slices.Contains(temporary, path.Clean(h.Name)) {
		mode = 0o1777
	}
	return &tar.Header{
		Typeflag: h.Typeflag, Name: h.Name, Linkname: h.Linkname, Size: h.Size, Mode: mode,
		ModTime: h.ModTime.Truncate(time.Second), Devmajor: h.Devmajor, Devminor: h.Devminor,
	}
}

func isUnwanted(name string) bool {
	for _, prefix := range unwanted {
		if name == prefix || strings.HasPrefix(name, prefix+"/") {
			return true
		}
	}
	return false
}

func addFiles(w *tar.Writer, etc string) error {
	entries, err := os.ReadDir(etc)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(etc, entry.Name()))
		if err != nil {
			return err
		}
		header := &tar.Header{Name: "./etc/" + entry.Name(), Mode: 0o644, Size: int64(len(data)), ModTime: epoch}
		if err := w.WriteHeader(header); err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	return nil
}
