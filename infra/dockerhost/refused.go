package dockerhost

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"
)

// PermissionError returns an error that says how to get access, if err means that an
// engine is running and this user may not use it. It returns nil for any other err.
func PermissionError(err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return nil
	}
	name := "$USER"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return fmt.Errorf("Docker is there, but the user %s may not talk to it: `sudo usermod -aG docker %s`, then log in anew (%w)", name, name, err)
}
