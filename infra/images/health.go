package images

import (
	"fmt"

	"speedscale/infra/commander"
	"speedscale/internal/secretfile"
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
//
// A container that has a certificate serves by TLS. bash speaks none, so openssl and
// redis-cli do; the page's server and Redis Commander answer by http on another port,
// which nobody reaches from outside. A ping by TLS costs 10 ms of CPU more, one of Redis
// 15 ms.
const (
	// An OP_MSG {ping: 1, $db: "admin"}, answered to anybody, logged in or not.
	// The whole answer is read, and the connection closed by both, so that the server
	// sees an orderly end; it must carry ok: 1.0. openssl is waited for, as nobody else in
	// the container would.
	pingMongo = `if [[ -e %[2]s ]]; then trap '' PIPE; ` +
		`coproc timeout 4 openssl s_client -quiet -no_ign_eof -connect 127.0.0.1:%[1]d -servername localhost ` +
		`-CAfile %[3]s -verify_quiet -verify_return_error -verify_hostname localhost; ` +
		`exec 3<&"${COPROC[0]}"- 4>&"${COPROC[1]}"-; ` +
		`else exec 3<>/dev/tcp/127.0.0.1/%[1]d && exec 4>&3; fi && ` +
		`printf '\x33\0\0\0\1\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0\x1e\0\0\0\x10ping\0\1\0\0\0\x02$db\0\6\0\0\0admin\0\0' >&4 && ` +
		`head -c $(($(head -c 4 <&3 | od -An -tu4) - 4)) <&3 | LC_ALL=C grep -qaP 'ok\x00{7}\xf0\x3f'; ` +
		`answer=$?; exec 4>&-; wait; exit $answer`

	// A PING, as the user monitor where its password is there. Without a login Redis
	// says NOAUTH, also while it is still loading. An answer other than +PONG is
	// printed, so that Docker's log of the check has it. redis-cli gets the login where
	// nobody can look, as a command; it quotes as C does.
	pingRedis = `LC_ALL=C; [[ -e %[2]s ]] && p=$(<%[2]s); if [[ -e %[3]s ]]; then ` +
		`if [[ $p ]]; then q=${p//\\/\\\\}; login="AUTH monitor \"${q//\"/\\\"}\""; fi; ` +
		`answers=$(printf '%%s\n' "$login" PING | timeout 4 redis-cli --tls --sni localhost --cacert %[4]s -h 127.0.0.1 -p %[1]d 2>&1); ` +
		`answers=${answers#OK$'\n'}; [[ $answers == PONG ]] || { echo "${answers%%%%$'\n'*}"; exit 1; }; exit; fi; ` +
		`exec 3<>/dev/tcp/127.0.0.1/%[1]d || exit; ` +
		`if [[ $p ]]; then printf '*3\r\n$4\r\nAUTH\r\n$7\r\nmonitor\r\n$%%d\r\n%%s\r\n' ${#p} "$p" >&3; fi; ` +
		`printf 'PING\r\n' >&3; while read -r answer <&3 && [[ $answer == +OK* ]]; do :; done; ` +
		`[[ $answer == +PONG* ]] || { echo "$answer"; exit 1; }`

	// The first port, or with a certificate the second.
	getHTTP = `port=%[1]d; [[ -e %[4]s ]] && port=%[2]d; exec 3<>/dev/tcp/127.0.0.1/$port && ` +
		`printf 'GET %[3]s HTTP/1.0\r\n\r\n' >&3 && read -r answer <&3 && [[ $answer == *' 200 '* ]]`
	wgetHTTP = `port=%[1]d; if [ -e %[4]s ]; then port=%[2]d; fi; exec wget -q -O /dev/null http://127.0.0.1:$port%[3]s`
)

// The files of a container whose server speaks TLS.
const (
	certificateFile = secretfile.Dir + "/" + secretfile.Certificate
	authorityFile   = secretfile.Dir + "/" + secretfile.Authorities
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
		health.Test = bash(pingMongo, 27017, certificateFile, authorityFile)
	case Mongos:
		health.Test = bash(pingMongo, 27017, certificateFile, authorityFile)
		if source == Packages { // the router passes pings on; this asks itself
			health.Test = []string{"CMD", "mongos", "--healthcheck"}
		}
	case RedisStack:
		health.Interval = often
		health.Test = bash(pingRedis, 6379, secretfile.Dir+"/"+RedisMonitor, certificateFile, authorityFile)
	case RedisCommander:
		health.Test = bash(getHTTP, 8081, commander.HealthPort, "/healthcheck", certificateFile)
		if source == Registry { // an Alpine image: no bash
			health.Test = []string{"CMD", "sh", "-c", fmt.Sprintf(wgetHTTP, 8081, commander.HealthPort, "/healthcheck", certificateFile)}
		}
	case Nginx:
		health.Interval = often
		health.Test = bash(getHTTP, 3000, 3001, "/healthz", certificateFile)
	case Gateway:
		health.Interval = often
		health.Test = []string{"CMD", "/gateway", "healthcheck"}
	}
	return health
}

func bash(script string, args ...any) []string {
	return []string{"CMD", "bash", "-c", fmt.Sprintf(script, args...)}
}
