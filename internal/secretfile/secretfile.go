// Package secretfile reads what a program may know and nobody may see: containers
// get passwords as files, never as variables, which `docker inspect` shows.
package secretfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Read is the one line that a file holds. Its errors name neither the content nor
// the file, whose name could be the password by mistake.
func Read(name string) (string, error) {
	content, err := os.ReadFile(name)
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err // without the name
	}
	if err != nil {
		return "", fmt.Errorf("the file cannot be read: %w", err)
	}
	secret := strings.TrimRight(string(content), "\r\n")
	switch {
	case secret == "":
		return "", errors.New("the file is empty")
	case strings.ContainsAny(secret, "\r\n\x00"):
		return "", errors.New("the file has more than one line")
	}
	return secret, nil
}
