package config

import (
	"fmt"
	"net"
	"regexp"
	"slices"
)

// Loopback tells whether nobody but this machine can reach the published ports.
func (c Config) Loopback() bool { return net.ParseIP(c.BindAddress).IsLoopback() }

// TLS tells whether servers ask for TLS.
func (c Config) TLS() bool {
	return c.Security.TLS == On || c.Security.TLS == Auto && !c.Loopback()
}

// Auth is Security.Auth, On where the other settings demand logins.
func (c Config) Auth() string {
	if c.Security.Auth == Auto && (c.TLS() || !c.Loopback()) {
		return On
	}
	return c.Security.Auth
}

// Hosts are the names and addresses by which clients reach the published ports. The
// first is the one to tell people.
func (c Config) Hosts() []string {
	if ip := net.ParseIP(c.BindAddress); ip != nil && ip.IsUnspecified() {
		return slices.Concat(c.Security.Names, []string{"127.0.0.1"})
	}
	return append([]string{c.BindAddress}, c.Security.Names...)
}

// certifiable is a host name as certificates have it. An address matches, too.
var certifiable = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

// checkSecurity finds settings of Security that do not go together.
func checkSecurity(cfg *Config, found []error) (mistakes []error) {
	mistake := func(name string, value any, wanted string, args ...any) {
		if !mentions(found, name) && !mentions(found, "bindAddress") {
			mistakes = append(mistakes, fmt.Errorf("%s:%s is %q: it must be "+wanted, append([]any{Namespace, name, fmt.Sprint(value)}, args...)...))
		}
	}
	s := cfg.Security
	if !cfg.Loopback() {
		for name, value := range map[string]string{"security.auth": s.Auth, "security.tls": s.TLS} {
			if value == Off {
				mistake(name, value, "true when others can reach bindAddress, which is %q", cfg.BindAddress)
			}
		}
	}
	if s.TLS == On && s.Auth == Off && cfg.Loopback() {
		mistake("security.auth", s.Auth, "true when security.tls is")
	}
	for _, name := range s.Names {
		if net.ParseIP(name) == nil && !certifiable.MatchString(name) {
			mistake("security.names", name, "a host name or an address")
		}
	}
	if ip := net.ParseIP(cfg.BindAddress); ip != nil && ip.IsUnspecified() && cfg.TLS() && len(s.Names) == 0 {
		mistake("security.names", s.Names, "the names or addresses by which clients reach this machine, since bindAddress is %q", cfg.BindAddress)
	}
	if (s.PageCertificate == "") != (s.PageKey == "") {
		mistake("security.pageKey", s.PageKey, "given together with security.pageCertificate, which is %q", s.PageCertificate)
	}
	return mistakes
}
