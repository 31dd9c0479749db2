package stack

import (
	"net"
	"net/url"
	"strconv"

	"speedscale/infra/config"
)

// Server is a server with a published port.
type Server struct {
	Scheme string
	Port   func(config.Ports) int
	Path   string
}

// The servers of a stack.
var (
	Page      = Server{"http", func(p config.Ports) int { return p.Frontend }, "/"}
	Gateway   = Server{"http", func(p config.Ports) int { return p.Gateway }, "/"}
	Mongo     = Server{"mongodb", func(p config.Ports) int { return p.Mongos }, "/"}
	Redis     = Server{"redis", func(p config.Ports) int { return p.Redis }, ""}
	Insight   = Server{"http", func(p config.Ports) int { return p.Insight }, "/"}
	Commander = Server{"http", func(p config.Ports) int { return p.RedisUI }, "/"}
)

// URL is where clients reach the server. MongoDB's has the same scheme with TLS.
func (s Server) URL(cfg config.Config, tls bool) url.URL {
	scheme := s.Scheme
	if tls {
		switch scheme {
		case "http":
			scheme = "https"
		case "redis":
			scheme = "rediss"
		}
	}
	return url.URL{Scheme: scheme, Host: net.JoinHostPort(cfg.Hosts()[0], strconv.Itoa(s.Port(cfg.Ports))), Path: s.Path}
}
