package dockerhost

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"
)

// Refused tells, from a request's error, that an engine is there and that this
// user may not talk to it, and what helps; nil for any other error.
func Refused(err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return nil
	}
	name := "$USER"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return fmt.Errorf("Docker is there, but the user %s may not talk to it: `sudo usermod -aG docker %s`, then log in anew (%w)", name, name, err)
}
