// Package auth knows users: who may log in, how the router itself does, and what
// privileges allow.
package auth

import (
	"errors"
	"strings"
)

// Name is a user's or a role's. It is unique within its database.
type Name struct{ Name, DB string }

func (n Name) String() string { return n.Name + "@" + n.DB }

// Reserved says whether no client can have the name: only System is on its
// database.
func (n Name) Reserved() bool { return n != System && (n.Name == System.Name || n.DB == System.DB) }

// System is as whom members and the router log in to each other, with a key of the
// keyfile. So does who administers the cluster and has that key.
var System = Name{Name: "__system", DB: "local"}

var errFirst = errors.New("the first message of the SCRAM conversation cannot be read")

// FirstUser is the user whom a client's first message of a SCRAM conversation
// names.
func FirstUser(message string) (string, error) {
	flag, rest, ok := strings.Cut(message, ",")
	authorize, rest, ok2 := strings.Cut(rest, ",")
	if !ok || !ok2 || flag != "n" && flag != "y" && !strings.HasPrefix(flag, "p=") || authorize != "" && !strings.HasPrefix(authorize, "a=") {
		return "", errFirst
	}
	name, _, ok := strings.Cut(rest, ",")
	name, isName := strings.CutPrefix(name, "n=")
	if !ok || !isName || name == "" {
		return "", errFirst
	}
	return unescape(name)
}

// unescape puts back the two characters that a SCRAM name cannot have.
func unescape(name string) (string, error) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(name, "=")
		out.WriteString(before)
		switch {
		case !found:
			return out.String(), nil
		case strings.HasPrefix(after, "2C"):
			out.WriteByte(',')
		case strings.HasPrefix(after, "3D"):
			out.WriteByte('=')
		default:
			return "", errFirst
		}
		name = after[2:]
	}
}
