package images

import (
	"fmt"

	"speedscale/infra/topology"
)

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
// use bash's /dev/tcp where they can: a mongosh, a node or a curl costs from a
// fifth of a second to a whole one of CPU, every few seconds, in each container.
const (
	// An OP_MSG {ping: 1, $db: "admin"}, answered to anybody, logged in or not.
	// The whole answer is read, so that the server sees an orderly end, and it
	// must carry ok: 1.0.
	pingMongo = `exec 3<>/dev/tcp/127.0.0.1/%d && ` +
		`printf '\x33\0\0\0\1\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0\x1e\0\0\0\x10ping\0\1\0\0\0\x02$db\0\6\0\0\0admin\0\0' >&3 && ` +
		`head -c $(($(head -c 4 <&3 | od -An -tu4) - 4)) <&3 | LC_ALL=C grep -qaP 'ok\x00{7}\xf0\x3f'`

	// A PING, as the user monitor where its password is there. Without a login Redis
	// says NOAUTH, also while it is still loading. An answer other than +PONG is
	// printed, so that Docker's log of the check has it.
	pingRedis = `LC_ALL=C; exec 3<>/dev/tcp/127.0.0.1/%[1]d || exit; ` +
		`if [[ -e %[2]s ]]; then p=$(<%[2]s); printf '*3\r\n$4\r\nAUTH\r\n$7\r\nmonitor\r\n$%%d\r\n%%s\r\n' ${#p} "$p" >&3; fi; ` +
		`printf 'PING\r\n' >&3; while read -r answer <&3 && [[ $answer == +OK* ]]; do :; done; ` +
		`[[ $answer == +PONG* ]] || { echo "$answer"; exit 1; }`

	getHTTP = `exec 3<>/dev/tcp/127.0.0.1/%d && ` +
		`printf 'GET %s HTTP/1.0\r\n\r\n' >&3 && read -r answer <&3 && [[ $answer == *' 200 '* ]]`
)

// RedisMonitor is the name of the secret with the password of the user monitor, with
// which the check of Redis logs in if Redis asks for it.
const RedisMonitor = "redis-monitor"

// A check costs 45 ms of CPU, nearly all of it Docker's for getting into the
// container. The first one runs after a whole interval, so what a deployment
// waits for is asked more often.
const (
	often  = "2s"
	seldom = "5s"
)

func healthOf(name string, source Source) Health {
	health := Health{Interval: seldom, Timeout: "5s", StartPeriod: "30s", Retries: 3}
	switch name {
	case Mongo:
		health.Test = bash(pingMongo, 27017)
	case Mongos:
		health.Test = bash(pingMongo, 27017)
		if source == Packages { // the router passes pings on; this asks itself
			health.Test = []string{"CMD", "mongos", "--healthcheck"}
		}
	case RedisStack:
		health.Interval = often
		health.Test = bash(pingRedis, 6379, topology.SecretsDir+"/"+RedisMonitor)
	case RedisCommander:
		health.Test = bash(getHTTP, 8081, "/healthcheck")
		if source == Registry { // an Alpine image: no bash
			health.Test = []string{"CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8081/healthcheck"}
		}
	case Nginx:
		health.Interval = often
		health.Test = bash(getHTTP, 3000, "/healthz")
	case Gateway:
		health.Interval = often
		health.Test = []string{"CMD", "/gateway", "healthcheck"}
	}
	return health
}

func bash(script string, args ...any) []string {
	return []string{"CMD", "bash", "-c", fmt.Sprintf(script, args...)}
}
