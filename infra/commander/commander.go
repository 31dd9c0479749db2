// Package commander writes the configuration with which Redis Commander logs in to
// Redis and asks its visitors for a login.
//
// It is a file, since the variables for the same end as arguments and in the
// environment of the process (its docker/entrypoint.sh).
package commander

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"speedscale/internal/redisacl"
)

// The name of the file, and the folder of Redis Commander's own files, in the image of
// either source. NODE_CONFIG_DIR lists the folders in which it looks. REDIS_HOSTS has
// to be left out, since it names connections, too.
//
// Home is its HOME. At each start its script writes a file to Written, with the
// connections of REDIS_HOSTS.
const (
	FileName = "local.json"
	Folder   = "/redis-commander/config"
	Home     = "/run/redis-commander"
	Written  = Home + "/config"
)

// TLSScript has Redis Commander serve https on its port, and answer the health check by
// http on HealthPort of its own container. It lies as TLSScriptName beside ca.pem and
// server.pem; NODE_OPTIONS requires it.
//
//go:embed tls.js
var TLSScript string

// The script's name, and the port for the health check.
const (
	TLSScriptName = "tls.js"
	HealthPort    = 8082
)

// Config is what the file says.
type Config struct {
	Host          string // of Redis, on the network
	Port          int
	TLS           bool   // whether Redis speaks TLS; its certificate has to be one for Host
	RedisPassword string // of the user redisacl.UI
	Visitor       string // the visitors' name
	Password      string // and password
}

type object map[string]any

// File is the file's text. It holds both passwords.
func File(c Config) (string, error) {
	for what, value := range map[string]string{
		"Redis's host": c.Host, "the Redis user " + redisacl.UI + "'s password": c.RedisPassword, "the visitors' name": c.Visitor, "the visitors' password": c.Password,
	} {
		if value == "" { // without one of the last two it would let everybody in
			return "", fmt.Errorf("Redis Commander: %s is missing", what)
		}
	}
	connection := object{
		"label": "cache", "host": c.Host, "port": c.Port, "dbIndex": 0, "username": redisacl.UI, "password": c.RedisPassword,
	}
	if c.TLS {
		connection["tls"] = object{"servername": c.Host, "rejectUnauthorized": true} // TLSScript has the authorities
	}
	text, err := json.Marshal(object{
		"noSave": true,
		// Its user may not change keys, so the page offers no changes.
		"redis":       object{"readOnly": true},
		"server":      object{"httpAuth": object{"username": c.Visitor, "password": c.Password}},
		"connections": []object{connection},
	})
	return string(text), err
}
