package preflight

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// fullDisk reports a disk of the daemon that has no room for a stack. A folder
// that cannot be looked at is another machine's, or another user's: no verdict.
func fullDisk(dir string) []error {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return nil
	}
	return tooFull(dir, stat.Bavail*uint64(stat.Bsize)) //nolint:gosec // a block size is positive
}

func tooFull(dir string, free uint64) []error {
	if free >= minFree {
		return nil
	}
	return []error{fmt.Errorf("the disk of %s has %d MB free, a stack needs %d MB: make room (`docker system prune`), or move Docker's data", dir, free>>20, minFree>>20)}
}
