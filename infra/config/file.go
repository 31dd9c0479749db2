package config

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// engineKeys are what a settings file has for the engine, beside config.
var engineKeys = []string{"secretsprovider", "encryptedkey", "encryptionsalt", "environment"}

// File is the path of a stack's settings file, in the project's folder.
func File(dir, stack string) string { return filepath.Join(dir, "Pulumi."+stack+".yaml") }

// CheckFile finds what nobody would read in a stack's settings file, if there is
// one. The engine passes over it without a word, and the stack would take
// defaults.
func CheckFile(path string) (found bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the settings: %w", err)
	}
	return true, checkFile(filepath.Base(path), text)
}

func checkFile(name string, text []byte) error {
	var file yaml.Node
	if err := yaml.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if len(file.Content) == 0 {
		return fmt.Errorf("%s says nothing: put back what it had, or for a stack with all defaults write `config: {}`", name)
	}
	top := file.Content[0]
	if err := top.Decode(&map[string]any{}); err != nil { // twice the same key, or no keys at all
		return fmt.Errorf("read %s: %w", name, err)
	}
	var mistakes []error
	mistake := func(at *yaml.Node, format string, args ...any) {
		mistakes = append(mistakes, fmt.Errorf("%s, line %d: %s", name, at.Line, fmt.Sprintf(format, args...)))
	}
	for key, value := range pairs(top) {
		switch {
		case slices.Contains(engineKeys, key.Value):
		case key.Value != "config":
			mistake(key, "%s is not read here: %s", key.Value, remedy(key.Value))
		case value.Kind != yaml.MappingNode && value.Tag != "!!null":
			mistake(key, "config must be a group of settings, such as `%s:shards: 3`", Namespace)
		default:
			for key := range pairs(value) {
				if of, _, qualified := strings.Cut(key.Value, ":"); qualified && of != Namespace && of != "pulumi" {
					mistake(key, "%s is not read: %s", key.Value, remedy(key.Value))
				}
			}
		}
	}
	return errors.Join(mistakes...)
}

// pairs are the keys of a mapping with their values, in the file's order.
func pairs(of *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; i+1 < len(of.Content); i += 2 {
			if !yield(of.Content[i], of.Content[i+1]) {
				return
			}
		}
	}
}

// remedy says what is right instead of a key that nobody reads.
func remedy(key string) string {
	of, name, _ := strings.Cut(key, ":")
	switch {
	case of == Namespace || slices.Contains(Names(), key):
		return "write it under `config:`, with spaces before it"
	case of == "docker":
		return "DOCKER_HOST and docker's contexts and logins say which engine and how"
	case slices.Contains(Names(), name):
		return fmt.Sprintf("it is written %s:%s", Namespace, name)
	case slices.ContainsFunc(append(engineKeys, "config"), func(known string) bool { return strings.EqualFold(known, key) }):
		return "it is written " + strings.ToLower(key)
	}
	return fmt.Sprintf("settings stand under `config:` and start with `%s:`", Namespace)
}
