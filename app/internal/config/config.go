// Package config reads the gateway's settings from the environment.
package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

// Config is what the environment sets. Durations are Go durations ("60s").
type Config struct {
	// MongoURI names mongos and, as its path, the database.
	MongoURI URI `env:"MONGO_URI" envDefault:"mongodb://mongos:27017/speedscale"`
	RedisURL URI `env:"REDIS_URL" envDefault:"redis://redis:6379"`
	// The files hold the passwords of the users that the two name.
	MongoPasswordFile string `env:"MONGO_PASSWORD_FILE"`
	RedisPasswordFile string `env:"REDIS_PASSWORD_FILE"`
	// TLSCAFile has the authorities that servers are verified with: MongoDB's if MONGO_URI
	// has tls=true, Redis's if REDIS_URL is rediss://. With TLSCertificateFile, which has
	// the private key, too, the gateway itself speaks https.
	TLSCAFile          string `env:"TLS_CA_FILE"`
	TLSCertificateFile string `env:"TLS_CERTIFICATE_FILE"`
	// TLSOptional has the gateway also take clients by http: while TLS is turned on or off.
	TLSOptional bool `env:"TLS_OPTIONAL"`
	// Trust and Certificate are what these two files say at each handshake; nil without
	// the file.
	Trust       *tls.Config `json:"-"`
	Certificate *tls.Config `json:"-"`
	// ListenAddr is host:port; an empty host listens on every address.
	ListenAddr string `env:"LISTEN_ADDR" envDefault:":8000"`
	// ProfileAddr is host:port where Go's profiler answers (/debug/pprof/); empty: nowhere.
	// It tells what is in memory, so it must not be published.
	ProfileAddr string `env:"PROFILE_ADDR"`
	// SeedTarget is the number of products to seed; 0 seeds none.
	SeedTarget int           `env:"SEED_TARGET" envDefault:"2000"`
	SearchTTL  time.Duration `env:"SEARCH_TTL" envDefault:"60s"`
	ProductTTL time.Duration `env:"PRODUCT_TTL" envDefault:"300s"`
	SimilarTTL time.Duration `env:"SIMILAR_TTL" envDefault:"120s"`
	// RateLimit is in requests a minute and client; 0 switches it off.
	RateLimit int `env:"RATE_LIMIT" envDefault:"60"`
	// TrustedProxies are the peers whose X-Forwarded-For is believed: addresses,
	// networks, or names that are resolved.
	TrustedProxies []string `env:"TRUSTED_PROXIES"`
	CORSOrigins    []string `env:"CORS_ORIGINS" envDefault:"http://localhost:3000,http://127.0.0.1:3000"`
	// TopologyParts are the other containers that /api/topology looks at:
	// kind=host:port, of the kinds frontend and redis-ui.
	TopologyParts map[string]string `env:"TOPOLOGY_PARTS" envDefault:"frontend=frontend:3000,redis-ui=redis-ui:8081" envKeyValSeparator:"="`
	LogLevel      slog.Level        `env:"LOG_LEVEL" envDefault:"info"`
	// InitTimeout bounds `gateway init`.
	InitTimeout time.Duration `env:"INIT_TIMEOUT" envDefault:"60s"`
}

// maxSeedTarget is what the seeded ids can count (three bytes).
const maxSeedTarget = 1 << 24

// Parse reads environ, a map of variables, and reports every mistake at once,
// each with the variable's name, its value, and what would be right.
func Parse(environ map[string]string) (Config, error) {
	var c Config
	err := env.ParseWithOptions(&c, env.Options{Environment: environ})
	problems := parseProblems(err, environ)
	skip := unreadable(err)
	problems = append(problems, c.logins(skip)...)
	problems = append(problems, c.tls(skip)...)
	problems = append(problems, c.check(skip)...)
	if len(problems) > 0 {
		return Config{}, fmt.Errorf("environment: %w", errors.Join(problems...))
	}
	return c, nil
}

// Database is the database's name, the path of MONGO_URI.
func (c Config) Database() string {
	cs, err := connstring.Parse(string(c.MongoURI))
	if err != nil {
		return ""
	}
	return cs.Database
}

// MongosHost is the first host of MONGO_URI.
func (c Config) MongosHost() string {
	cs, err := connstring.Parse(string(c.MongoURI))
	if err != nil || len(cs.Hosts) == 0 {
		return ""
	}
	return cs.Hosts[0]
}

// RedisHost is the host of REDIS_URL.
func (c Config) RedisHost() string {
	opts, err := redis.ParseURL(string(c.RedisURL))
	if err != nil {
		return ""
	}
	return opts.Addr
}

// check looks at every variable but those that could not be read at all.
func (c Config) check(skip map[string]bool) []error {
	var problems []error
	bad := func(name, value, want string) {
		if !skip[name] {
			problems = append(problems, fmt.Errorf("%s is %q: want %s", name, value, want))
		}
	}
	// A URI may hold a password, wherever a mistake has put it: neither it nor the
	// parser's words are shown.
	if cs, err := connstring.Parse(string(c.MongoURI)); err != nil || cs.Database == "" || lacksPassword(cs) {
		bad("MONGO_URI", notShown, "mongodb://host:27017/database, or mongodb://user@host:27017/database and MONGO_PASSWORD_FILE")
	}
	if opts, err := redis.ParseURL(string(c.RedisURL)); err != nil || opts.Username != "" && opts.Password == "" {
		bad("REDIS_URL", notShown, "redis://host:6379, or redis://user@host:6379 and REDIS_PASSWORD_FILE")
	}
	if !validListenAddr(c.ListenAddr) {
		bad("LISTEN_ADDR", c.ListenAddr, "an address and port such as :8000")
	}
	if c.ProfileAddr != "" && !validListenAddr(c.ProfileAddr) {
		bad("PROFILE_ADDR", c.ProfileAddr, "an address and port such as 127.0.0.1:6060, or nothing")
	}
	if c.SeedTarget < 0 || c.SeedTarget > maxSeedTarget {
		bad("SEED_TARGET", fmt.Sprint(c.SeedTarget), fmt.Sprintf("0 to %d products", maxSeedTarget))
	}
	if c.RateLimit < 0 {
		bad("RATE_LIMIT", fmt.Sprint(c.RateLimit), "requests a minute and client, 0 for no limit")
	}
	for name, d := range map[string]time.Duration{
		"SEARCH_TTL": c.SearchTTL, "PRODUCT_TTL": c.ProductTTL, "SIMILAR_TTL": c.SimilarTTL, "INIT_TIMEOUT": c.InitTimeout,
	} {
		if d < time.Second {
			bad(name, d.String(), "a duration of at least 1s, such as 60s")
		}
	}
	for _, cidr := range c.TrustedProxies {
		if !validProxy(cidr) {
			bad("TRUSTED_PROXIES", cidr, "addresses, networks such as 172.18.0.0/16, or host names, separated by commas")
		}
	}
	for kind, host := range c.TopologyParts {
		if _, port, err := net.SplitHostPort(host); err != nil || port == "" || kind != "frontend" && kind != "redis-ui" {
			bad("TOPOLOGY_PARTS", kind+"="+host, "frontend=host:port or redis-ui=host:port, separated by commas")
		}
	}
	return problems
}

// lacksPassword: those that begin with MONGODB-, such as MONGODB-X509, need none.
func lacksPassword(cs *connstring.ConnString) bool {
	return cs.Username != "" && !cs.PasswordSet && !strings.HasPrefix(cs.AuthMechanism, "MONGODB-")
}

func validListenAddr(addr string) bool {
	host, port, ok := strings.Cut(addr, ":")
	if strings.HasPrefix(addr, "[") {
		_, err := netip.ParseAddrPort(addr)
		return err == nil
	}
	if host == "" {
		host = "0.0.0.0"
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	_, err := netip.ParseAddrPort(host + ":" + port)
	return ok && err == nil
}

func validProxy(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	return hostName.MatchString(s)
}

// hostName has a letter in its last part, so that no mistyped address is one.
var hostName = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?\.)*[A-Za-z_]([A-Za-z0-9_-]*[A-Za-z0-9_])?$`)
