package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/secure"
)

// settings are what the flags say.
type settings struct {
	configSet   string
	configHosts []string
	bind        []string
	port        int
	version     bool
	healthcheck bool
	tls         *secure.TLS      // nil without --tlsMode
	member      *auth.Membership // nil without --keyFile
}

// doneAnyway are parameters that this router has no need of: it has no such bypass, and
// does not log who shows no certificate.
var doneAnyway = []string{"enableLocalhostAuthBypass=false", "suppressNoTLSPeerCertificateWarning=true"}

// parse reads mongos's flags; it reports all mistakes at once.
func parse(args []string) (settings, error) {
	var s settings
	var configdb, bind, keyFile, compressors string
	var parameters []string
	var bindAll, transition bool
	var encryption tlsFlags
	flags := flag.NewFlagSet("mongos", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&configdb, "configdb", "", "config servers: <set>/<host:port>,<host:port>…")
	flags.StringVar(&bind, "bind_ip", "127.0.0.1", "addresses to listen on, comma separated")
	flags.BoolVar(&bindAll, "bind_ip_all", false, "listen on all addresses")
	flags.IntVar(&s.port, "port", 27017, "port to listen on")
	flags.StringVar(&keyFile, "keyFile", "", "the cluster's keyfile: clients and the router log in")
	flags.BoolVar(&transition, "transitionToAuth", false, "with --keyFile: clients and members may do without")
	encryption.register(flags)
	flags.Func("setParameter", "checked, then ignored: only what this router does anyway", func(p string) error {
		parameters = append(parameters, p)
		return nil
	})
	flags.StringVar(&compressors, "networkMessageCompressors", "disabled", "checked, then ignored: this router offers no compression")
	flags.BoolVar(&s.version, "version", false, "print the version")
	flags.BoolVar(&s.healthcheck, "healthcheck", false, "ask the router on this host's --port whether it answers")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	var errs []error
	if flags.NArg() > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q", flags.Arg(0)))
	}
	if s.port < 1 || s.port > 65535 {
		errs = append(errs, fmt.Errorf("--port %d: must be 1 to 65535", s.port))
	}
	if transition && keyFile == "" {
		errs = append(errs, errors.New("--transitionToAuth: needs --keyFile"))
	}
	for _, p := range parameters {
		if !slices.Contains(doneAnyway, p) {
			errs = append(errs, fmt.Errorf("--setParameter %s: only %s are known here", p, strings.Join(doneAnyway, " and ")))
		}
	}
	errs = append(errs, checkCompressors(compressors))
	s.bind = splitList(bind)
	if bindAll {
		s.bind = []string{""}
	}
	if !s.version && !s.healthcheck {
		var err error
		s.configSet, s.configHosts, err = parseConfigDB(configdb)
		errs = append(errs, err)
		s.member, err = readKeyfile(keyFile, transition)
		errs = append(errs, err)
		s.tls, err = encryption.open()
		errs = append(errs, err)
	}
	return s, errors.Join(errs...)
}

func readKeyfile(path string, transition bool) (*auth.Membership, error) {
	if path == "" {
		return nil, nil
	}
	member, err := auth.ReadKeyfile(path)
	if err != nil {
		return nil, fmt.Errorf("--keyFile %s: %w", path, err)
	}
	member.Optional = transition
	return member, nil
}

// checkCompressors refuses what mongos would. A client that offers to compress
// and is answered by none goes on without.
func checkCompressors(list string) error {
	for name := range strings.SplitSeq(list, ",") {
		if !slices.Contains([]string{"snappy", "zstd", "zlib"}, name) && list != "disabled" {
			return fmt.Errorf(`--networkMessageCompressors %s: must be some of snappy,zstd,zlib, or disabled`, list)
		}
	}
	return nil
}

func parseConfigDB(configdb string) (set string, hosts []string, err error) {
	const want = `must be <set>/<host:port>,<host:port>…, as in "configReplSet/config-server-1:27017"`
	set, list, found := strings.Cut(configdb, "/")
	hosts = splitList(list)
	if !found || set == "" || len(hosts) == 0 {
		return "", nil, fmt.Errorf("--configdb %q: %s", configdb, want)
	}
	for i, host := range hosts {
		name, port, err := net.SplitHostPort(host)
		if err != nil && !strings.Contains(host, ":") {
			hosts[i], name, port = host+":27019", host, "27019" // a config server's default
		}
		if n, err := strconv.Atoi(port); name == "" || err != nil || n < 1 || n > 65535 {
			return "", nil, fmt.Errorf("--configdb %q: member %q: %s", configdb, host, want)
		}
	}
	return set, hosts, nil
}

func splitList(list string) []string {
	var out []string
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// addresses are what the router listens on.
func (s settings) addresses() []string {
	var out []string
	for _, ip := range s.bind {
		if ip == "*" || ip == "0.0.0.0" || ip == "::" {
			ip = ""
		}
		out = append(out, net.JoinHostPort(ip, strconv.Itoa(s.port)))
	}
	return out
}
