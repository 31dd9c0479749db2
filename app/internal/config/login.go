package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"speedscale/internal/secretfile"
)

// URI is an address that may hold a password: it prints as something else.
type URI string

// Format is what fmt's functions print.
func (URI) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(notShown)) }

// MarshalText is what a JSON log prints.
func (URI) MarshalText() ([]byte, error) { return []byte(notShown), nil }

const notShown = "(not shown, as it may hold a password)"

// logins puts the passwords that files hold into the addresses. Neither an
// address, nor what a file holds, nor its name, which could be the password by
// mistake, is part of an error. An address whose password is missing goes to skip.
func (c *Config) logins(skip map[string]bool) (problems []error) {
	for _, login := range []struct {
		uri                 *URI
		address, from, file string
	}{
		{&c.MongoURI, "MONGO_URI", "MONGO_PASSWORD_FILE", c.MongoPasswordFile},
		{&c.RedisURL, "REDIS_URL", "REDIS_PASSWORD_FILE", c.RedisPasswordFile},
	} {
		if login.file == "" {
			continue
		}
		var err error
		if *login.uri, err = login.uri.with(login.file); err != nil {
			skip[login.address] = true
			problems = append(problems, fmt.Errorf("%s for %s: %w", login.from, login.address, err))
		}
	}
	return problems
}

// with is the address with the password that a file holds.
func (u URI) with(file string) (URI, error) {
	scheme, rest, _ := strings.Cut(string(u), "://")
	user, hosts, ok := strings.Cut(rest, "@")
	switch {
	case !ok || user == "" || strings.HasPrefix(user, ":"):
		return u, errors.New("the address names no user: want one, such as //gateway@host")
	case strings.Contains(user, ":"):
		return u, errors.New("the address has a password, too: want one of them")
	}
	password, err := secretfile.Read(file)
	if err != nil {
		return u, err
	}
	return URI(scheme + "://" + user + url.UserPassword("", password).String() + "@" + hosts), nil
}
