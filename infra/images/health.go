package images

import "fmt"

// Health is a container's health check. It means "the server answers", never
// "it is primary": a member has to be healthy before its set exists.
//
// Durations are spelt as Docker prints them, because the provider sees any
// other spelling as a change.
type Health struct {
	Test        []string
	Interval    string
	Timeout     string
	StartPeriod string
	Retries     int
}

// Checks speak to the server from within its container. Those of both sources
// use bash's /dev/tcp where they can: a mongosh, a node or a curl costs up to a
// second of CPU, every few seconds, in each of 15 containers.
const (
	// An OP_MSG {ping: 1, $db: "admin"}; what comes back must carry ok: 1.0.
	// mongod and mongos answer it to anybody, with or without authentication.
	pingMongo = `exec 3<>/dev/tcp/127.0.0.1/27017 && ` +
		`printf '\x33\0\0\0\1\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0\x1e\0\0\0\x10ping\0\1\0\0\0\x02$db\0\6\0\0\0admin\0\0' >&3 && ` +
		`head -c 37 <&3 | grep -qaP 'ok\x00{7}\xf0\x3f'`

	getHTTP = `exec 3<>/dev/tcp/127.0.0.1/%d && ` +
		`printf 'GET %s HTTP/1.0\r\n\r\n' >&3 && read -r answer <&3 && [[ $answer == *' 200 '* ]]`
)

func healthOf(name string, source Source) Health {
	health := Health{Interval: "5s", Timeout: "5s", StartPeriod: "30s", Retries: 3}
	switch name {
	case Mongo, Mongos:
		health.Test = bash(pingMongo)
	case RedisStack:
		// -e: an error reply, such as LOADING, is a failure.
		health.Test = []string{"CMD", "redis-cli", "-e", "ping"}
	case RedisCommander:
		health.Test = bash(fmt.Sprintf(getHTTP, 8081, "/healthcheck"))
		if source == Registry { // an Alpine image: no bash
			health.Test = []string{"CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8081/healthcheck"}
		}
	case Nginx:
		health.Test = bash(fmt.Sprintf(getHTTP, 3000, "/healthz"))
	case Gateway:
		health.Test = []string{"CMD", "/gateway", "healthcheck"}
	}
	return health
}

func bash(script string) []string { return []string{"CMD", "bash", "-c", script} }
