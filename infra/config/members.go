package config

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// MemberNames lists the members of each replica set, the config servers' first,
// by the names that priorities and hidden use: those of the network.
func (c Config) MemberNames() (sets [][]string) {
	var set []string
	for i := range c.ConfigServers {
		set = append(set, fmt.Sprintf("config-server-%d", i+1))
	}
	sets = append(sets, set)
	for s := range c.Shards {
		set = nil
		for m := range c.MembersPerShard {
			set = append(set, fmt.Sprintf("shard%d-node%d", s+1, m+1))
		}
		sets = append(sets, set)
	}
	return sets
}

// checkMembers finds names of no member, and sets that would have no primary.
func checkMembers(cfg *Config) (mistakes []error) {
	known := slices.Concat(cfg.MemberNames()...)
	stranger := func(setting, name string) {
		if !slices.Contains(known, name) {
			mistakes = append(mistakes, fmt.Errorf("%s:%s names %q: there are %s", Namespace, setting, name, strings.Join(known, ", ")))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Priorities)) {
		stranger("priorities", name)
		switch p := cfg.Priorities[name]; {
		case p < 0 || p > 1000:
			mistakes = append(mistakes, fmt.Errorf("%s:priorities.%s is %d: it must be from 0 to 1000", Namespace, name, p))
		case p > 0 && slices.Contains(cfg.Hidden, name):
			mistakes = append(mistakes, fmt.Errorf("%s:priorities.%s is %d: a hidden member never is primary, leave it out of one of the two", Namespace, name, p))
		}
	}
	for _, name := range cfg.Hidden {
		stranger("hidden", name)
	}
	for _, set := range cfg.MemberNames() {
		if !slices.ContainsFunc(set, cfg.electable) {
			mistakes = append(mistakes, fmt.Errorf("%s:priorities and %s:hidden leave no primary among %s: one of them must be neither hidden nor of priority 0",
				Namespace, Namespace, strings.Join(set, ", ")))
		}
	}
	return mistakes
}

func (c Config) electable(name string) bool {
	priority, given := c.Priorities[name]
	return !slices.Contains(c.Hidden, name) && (!given || priority > 0)
}

func checkZones(cfg *Config) (mistakes []error) {
	mistake := func(format string, args ...any) {
		mistakes = append(mistakes, fmt.Errorf("%s:zones: "+format, append([]any{Namespace}, args...)...))
	}
	names := map[string]bool{}
	for _, z := range cfg.Zones {
		switch {
		case z.Name == "":
			mistake("one has no name")
		case names[z.Name]:
			mistake("%s is listed twice", z.Name)
		case z.From < 0 || z.To > 100 || z.From >= z.To:
			mistake("%s is from %d to %d: it must be a part of 0 to 100 percent", z.Name, z.From, z.To)
		case len(z.Shards) == 0:
			mistake("%s names no shard", z.Name)
		}
		names[z.Name] = true
		for _, n := range z.Shards {
			if n < 1 || n > cfg.Shards {
				mistake("%s names shard %d: there are shards 1 to %d", z.Name, n, cfg.Shards)
			}
		}
	}
	ordered := slices.SortedFunc(slices.Values(cfg.Zones), func(a, b Zone) int { return cmp.Compare(a.From, b.From) })
	for i := 1; i < len(ordered); i++ {
		if a, b := ordered[i-1], ordered[i]; b.From < a.To {
			mistake("%s and %s overlap", a.Name, b.Name)
		}
	}
	return mistakes
}

var parameterName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_.]*$`)

// mongodOptions are options of mongod's command line that look like server
// parameters and are none: a mongod that is given one so ends at once.
var mongodOptions = []string{
	"auth", "bind_ip", "bind_ip_all", "config", "configsvr", "dbpath", "directoryperdb", "enableMajorityReadConcern", "fork", "ipv6",
	"keyFile", "logappend", "logpath", "maxConns", "networkMessageCompressors", "noauth", "nounixsocket", "oplogSize", "pidfilepath", "port",
	"profile", "replSet", "setParameter", "shardsvr", "slowms", "storageEngine", "timeZoneInfo", "tlsMode", "transitionToAuth",
	"unixSocketPrefix", "verbose", "wiredTigerCacheSizeGB",
}

func checkParameters(parameters map[string]string) (mistakes []error) {
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		value := parameters[name]
		switch {
		case !parameterName.MatchString(name) || value == "":
			mistakes = append(mistakes, fmt.Errorf("%s:mongodParameters has %q = %q: it must be the name of a server parameter and its value", Namespace, name, value))
		case slices.Contains(mongodOptions, name):
			mistakes = append(mistakes, fmt.Errorf("%s:mongodParameters.%s is no server parameter, but an option of mongod's command line, which is not for settings", Namespace, name))
		}
	}
	return mistakes
}
