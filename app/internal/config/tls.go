package config

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"speedscale/internal/tlsfiles"
)

// tls opens the files for TLS. Addresses in skip are not looked at.
func (c *Config) tls(skip map[string]bool) (problems []error) {
	for _, file := range []struct {
		variable, name string
		open           func(string) (*tls.Config, error)
		to             **tls.Config
	}{
		{"TLS_CA_FILE", c.TLSCAFile, tlsfiles.Client, &c.Trust},
		{"TLS_CERTIFICATE_FILE", c.TLSCertificateFile, tlsfiles.Server, &c.Certificate},
	} {
		if file.name == "" {
			continue
		}
		var err error
		if *file.to, err = file.open(file.name); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", file.variable, err))
		}
	}
	if c.TLSCAFile != "" {
		return problems
	}
	if !skip["MONGO_URI"] && c.mongoTLS() {
		problems = append(problems, errors.New("TLS_CA_FILE is not set: want the file with the authorities that MongoDB is verified with, since MONGO_URI has tls=true"))
	}
	if !skip["REDIS_URL"] && c.redisTLS() {
		problems = append(problems, errors.New("TLS_CA_FILE is not set: want the file with the authorities that Redis is verified with, since REDIS_URL is rediss://"))
	}
	return problems
}

func (c *Config) mongoTLS() bool {
	cs, err := connstring.Parse(string(c.MongoURI))
	return err == nil && cs.SSL
}

func (c *Config) redisTLS() bool {
	opts, err := redis.ParseURL(string(c.RedisURL))
	return err == nil && opts.TLSConfig != nil
}
