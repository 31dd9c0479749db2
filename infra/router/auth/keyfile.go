package auth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	minKey  = 6
	maxKey  = 1024
	maxKeys = 2
	maxFile = 16 << 10 // bytes; two keys in many lines have less
)

// ReadKeyfile is the membership that a keyfile gives. It is read as a mongod reads
// it; no error shows any of it.
func ReadKeyfile(path string) (*Membership, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.Unwrap(err) // the caller names the path
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file")
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("its permissions are too open (%04o): only its owner may have any, as with chmod 400", info.Mode().Perm())
	case info.Size() > maxFile:
		return nil, fmt.Errorf("it has %d bytes; %d are enough for %d keys", info.Size(), maxFile, maxKeys)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		var failed *fs.PathError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return nil, err
	}
	return ParseKeyfile(text)
}

// ParseKeyfile is the membership that a keyfile of this text gives.
func ParseKeyfile(text []byte) (*Membership, error) {
	keys, err := parseKeys(text)
	if err != nil {
		return nil, err
	}
	return newMembership(keys)
}

func parseKeys(text []byte) (keys []string, err error) {
	var file yaml.Node
	if yaml.Unmarshal(text, &file) != nil { // the reason would show the key
		return nil, errors.New("it is neither a key nor a list of keys in YAML")
	}
	if len(file.Content) == 0 {
		return nil, errors.New("it is empty")
	}
	list := file.Content
	if list[0].Kind == yaml.SequenceNode {
		list = list[0].Content
	}
	if len(list) < 1 || len(list) > maxKeys {
		return nil, fmt.Errorf("it holds %d keys; 1 or %d are allowed", len(list), maxKeys)
	}
	for _, node := range list {
		if node.Kind != yaml.ScalarNode {
			return nil, errors.New("it is neither a key nor a list of keys in YAML")
		}
		key, err := cleanKey(node.Value)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func cleanKey(text string) (string, error) {
	key := strings.Join(strings.Fields(text), "")
	for _, c := range key {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", c) {
			return "", errors.New("a key has a character that is not base64")
		}
	}
	if len(key) < minKey || len(key) > maxKey {
		return "", fmt.Errorf("a key must have %d to %d base64 characters, not %d", minKey, maxKey, len(key))
	}
	return key, nil
}
