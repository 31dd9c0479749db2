// Package redisacl says who may do what in Redis: the stack gives Redis its text,
// and tests run their Redis under it.
package redisacl

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// The users. Whoever is none of them is refused: default is off.
const (
	Admin   = "admin"   // a person, who may do everything
	Gateway = "gateway" // the application
	UI      = "ui"      // the pages that show the cache: they read keys, and change none
	Monitor = "monitor" // health checks and figures: no key's content
)

// Names are the users that File wants a password of.
func Names() []string { return []string{Admin, Gateway, UI, Monitor} }

// harmless is what a connection may do with itself. A category, since Redis does
// not start when the file names a command that it does not know, such as 7.2's
// CLIENT NO-TOUCH; a category holds those that it does.
const harmless = "+@connection -@dangerous"

var rules = map[string]string{
	Admin: "~* &* +@all",

	// What the gateway's code sends, command by command; its scripts are those of
	// the lock (loading:) and of the rate limit (rate:). Its tests log in as this
	// user, so that a command or a key that is missing here fails them.
	Gateway: "~search:* ~product:* ~similar:* ~stale:* ~loading:* ~rate:* ~trending:searches ~gateway:check ~gateway:nothing " +
		"+client|setname +ping +info +dbsize +get +getrange +set +setrange +del +zadd +zremrangebyrank +zrevrange +eval +evalsha +time",

	// Read, but not KEYS, which stops Redis for as long as it takes. MULTI, since our
	// page takes its own reads off the hit rate.
	UI: "~* +@read " + harmless + " +multi +exec +info +slowlog|get +slowlog|len +module|list",

	// Not SLOWLOG GET: it shows commands with their values.
	Monitor: harmless + " +info +dbsize +client|list +latency|latest +latency|history +latency|histogram +slowlog|len",
}

// File is the text of Redis's aclfile, for Redis 7 and later. It holds the
// passwords' hashes, which is no help to who reads it as long as passwords are
// random and long. With open, whoever has no login may still do everything: while
// logins are turned on.
func File(passwords map[string]string, open bool) (string, error) {
	for name := range passwords {
		if _, known := rules[name]; !known {
			return "", fmt.Errorf("there is no Redis user %q: want %s", name, strings.Join(Names(), ", "))
		}
	}
	var file strings.Builder
	file.WriteString("user default reset")
	if open {
		file.WriteString(" on nopass ~* &* +@all")
	}
	file.WriteString("\n")
	for _, name := range Names() {
		if passwords[name] == "" {
			return "", fmt.Errorf("the Redis user %s has no password", name)
		}
		fmt.Fprintf(&file, "user %s reset on #%x %s\n", name, sha256.Sum256([]byte(passwords[name])), rules[name])
	}
	return file.String(), nil
}
