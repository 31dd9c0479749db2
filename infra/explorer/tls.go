package explorer

import (
	"crypto/tls"
	"fmt"

	"speedscale/internal/tlsfiles"
)

// tlsFrom opens the file that a variable names; without one there is no TLS.
func tlsFrom(getenv func(string) string, variable string, open func(string) (*tls.Config, error)) (*tls.Config, error) {
	file := getenv(variable)
	if file == "" {
		return nil, nil
	}
	config, err := open(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	return config, nil
}

// trustFrom knows the Redis of this container as localhost: it is dialled by its
// address, which is no name.
func trustFrom(getenv func(string) string) (*tls.Config, error) {
	trust, err := tlsFrom(getenv, "TLS_CA_FILE", tlsfiles.Client)
	if trust != nil {
		trust.ServerName = "localhost"
	}
	return trust, err
}
