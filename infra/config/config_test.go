package config

import (
	"flag"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDefaultsComeFromTheStackName(t *testing.T) {
	cfg, err := Load("staging", nil)
	require.NoError(t, err)
	require.Equal(t, "staging-", cfg.ContainerPrefix)
	require.Equal(t, "staging-shard-network", cfg.Network)
	require.Equal(t, "staging_", cfg.VolumePrefix)
	require.Equal(t, 27017, cfg.Ports.Mongos)
	require.Equal(t, time.Minute, cfg.SearchTTL)
}

func TestGivenValuesWin(t *testing.T) {
	cfg, err := Load("dev", map[string]string{
		"shards": "3", "volumePrefix": "", "searchTtl": "5m", "ports": `{"mongos": 27100}`,
	})
	require.NoError(t, err)
	require.Equal(t, 3, cfg.Shards)
	require.Empty(t, cfg.VolumePrefix)
	require.Equal(t, 5*time.Minute, cfg.SearchTTL)
	require.Equal(t, 27100, cfg.Ports.Mongos)
	require.Equal(t, 6379, cfg.Ports.Redis, "a port that is not given keeps its default")

	exact := "Registry.example:5000/mongo:7.0-RC1@sha256:" + strings.Repeat("0a", 32)
	cfg, err = Load("dev", map[string]string{"imageRefs": `{"mongo": "` + exact + `"}`})
	require.NoError(t, err)
	require.Equal(t, exact, cfg.ImageRefs.Mongo)
}

func TestEachMistakeNamesSettingValueAndRemedy(t *testing.T) {
	for _, tc := range []struct{ name, value, want string }{
		{"shards", "two", `speedscale:shards is "two": it must be a whole number`},
		{"shards", "0", `speedscale:shards is "0": it must be at least 1`},
		{"membersPerShard", "2", `speedscale:membersPerShard is "2": it must be one of 1, 3, 5, 7`},
		{"images", "dockerhub", `speedscale:images is "dockerhub": it must be one of auto, registry, packages`},
		{"searchTtl", "60", `speedscale:searchTtl is "60": it must be a duration such as 90s or 5m`},
		{"keepData", "yes", `speedscale:keepData is "yes": it must be true or false`},
		{"bindAddress", "localhost", `speedscale:bindAddress is "localhost": it must be an IP address such as 127.0.0.1`},
		{"security", `{"auth": "yes"}`, `speedscale:security.auth is "yes": it must be one of auto, true, false`},
		{"security", `{"tls": "on"}`, `speedscale:security.tls is "on": it must be one of auto, true, false`},
		{"security", `{"tls": true, "auth": false}`, `speedscale:security.auth is "false": it must be true when security.tls is`},
		{"security", `{"names": ["a b"]}`, `speedscale:security.names is "a b": it must be a host name or an address`},
		{"security", `{"names": "db"}`, `speedscale:security.names is "db": it must be a list of names, such as`},
		{"security", `{"pageKey": "key.pem"}`, `speedscale:security.pageKey is "key.pem": it must be given together with security.pageCertificate, which is ""`},
		{"security", `{"rotate": {"keyfile": 0}}`, `speedscale:security.rotate.keyfile is "0": it must be at least 1`},
		{"security", `{"rotate": {"keyfil": 2}}`, `speedscale:security.rotate.keyfil is not a setting: there are authority, keyfile, passwords`},
		{"security", `{"rotate": 2}`, `speedscale:security.rotate is "2": it must be a group of settings`},
		{"bindAddress", "0.0.0.0", `speedscale:security.names is "[]": it must be the names or addresses by which clients reach this machine, since bindAddress is "0.0.0.0"`},
		{"containerPrefix", "-x", `speedscale:containerPrefix is "-x": it must be 1 to 41 letters`},
		{"ports", `{"mongos": 70000}`, `speedscale:ports.mongos is "70000": it must be at most 65535`},
		{"ports", `{"mongo": 1}`, `speedscale:ports.mongo is not a setting: there are frontend, gateway`},
		{"ports", `27017`, `speedscale:ports is "27017": it must be a group of settings`},
		{"ports", `{"mongos": 6379}`, `speedscale:ports.mongos and speedscale:ports.redis are all 6379: each must have a port of its own`},
		{"heartbeatInterval", "9s", `speedscale:heartbeatInterval is "9s": it must be shorter than electionTimeout, which is "2.3s"`},
		{"memory", `{"shardCache": 2048}`, `speedscale:memory.shardCache is "2048": it must be less than memory.shard, which is "2048"`},
		{"imageRefs", `{"mongo": "mongo@sha256:12"}`, `speedscale:imageRefs.mongo is "mongo@sha256:12": it must be an image`},
		{"imageRefs", `{"nginx": "nginx:"}`, `speedscale:imageRefs.nginx is "nginx:": it must be an image`},
		{"priorities", `{"shard3-node1": 2}`, `speedscale:priorities names "shard3-node1": there are config-server-1, `},
		{"priorities", `{"shard1-node1": 1001}`, `speedscale:priorities.shard1-node1 is 1001: it must be from 0 to 1000`},
		{"priorities", `3`, `speedscale:priorities is "3": it must be names with whole numbers, such as {shard1-node1: 2}`},
		{"priorities", `{"config-server-1": 0, "config-server-2": 0, "config-server-3": 0}`, `leave no primary among config-server-1, config-server-2, config-server-3`},
		{"hidden", `["node1"]`, `speedscale:hidden names "node1": there are config-server-1`},
		{"hidden", `["shard1-node1", "shard1-node2", "shard1-node3"]`, `leave no primary among shard1-node1, shard1-node2, shard1-node3`},
		{"zones", `[{"name": "a", "shards": [3], "from": 0, "to": 5}]`, `speedscale:zones: a names shard 3: there are shards 1 to 2`},
		{"zones", `[{"name": "a", "shards": [1], "from": 50, "to": 50}]`, `speedscale:zones: a is from 50 to 50: it must be a part of 0 to 100 percent`},
		{"zones", `[{"name": "a", "shards": [1], "from": 0, "to": 60}, {"name": "b", "shards": [2], "from": 50, "to": 100}]`, `speedscale:zones: a and b overlap`},
		{"zones", `[{"name": "a", "ranges": []}]`, `it must be a list of zones, such as`},
		{"mongodParameters", `{"--port": 1}`, `speedscale:mongodParameters has "--port" = "1": it must be the name of a server parameter`},
		{"mongodParameters", `{"port": 1}`, `speedscale:mongodParameters.port is no server parameter, but an option of mongod's command line`},
		{"shard", "2", `speedscale:shard is not a setting: there are bindAddress`},
		{"ports.redis", "21500", "speedscale:ports.redis is not a setting: it is written `speedscale:ports: {redis: …}`"},
		{"memory", "512", `speedscale:memory is "512": it must be a group of settings`},
		{"memory", `{"shard": "x"}`, `speedscale:memory.shard is "x": it must be a whole number`},
		{"imageRefs", `mongo:7`, `speedscale:imageRefs is "mongo:7": it must be a group of settings`},
	} {
		t.Run(tc.name+"="+tc.value, func(t *testing.T) {
			_, err := Load("dev", map[string]string{tc.name: tc.value})
			require.ErrorContains(t, err, tc.want)
			require.Len(t, strings.Split(err.Error(), "\n"), 1, "one mistake is reported once")
		})
	}
}

// The names of so many members would not fit into memory.
func TestNumbersFarOutOfBoundsAreRefusedAtOnce(t *testing.T) {
	_, err := Load("dev", map[string]string{
		"shards": "999999999", "membersPerShard": "999999999", "configServers": "999999999", "hidden": `["shard1-node3"]`,
	})
	require.ErrorContains(t, err, `speedscale:shards is "999999999": it must be at most 16`)
	require.Len(t, strings.Split(err.Error(), "\n"), 3, err)
}

func TestListsAndMapsAreRead(t *testing.T) {
	cfg, err := Load("dev", map[string]string{
		"priorities": `{"shard1-node1": 2}`, "hidden": `["shard1-node3"]`,
		"zones": `[{"name": "archive", "shards": [2], "from": 0, "to": 25}]`, "mongodParameters": `{"ttlMonitorSleepSecs": 30, "a": true}`,
	})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"shard1-node1": 2}, cfg.Priorities)
	require.Equal(t, []string{"shard1-node3"}, cfg.Hidden)
	require.Equal(t, []Zone{{Name: "archive", Shards: []int{2}, From: 0, To: 25}}, cfg.Zones)
	require.Equal(t, map[string]string{"ttlMonitorSleepSecs": "30", "a": "true"}, cfg.MongodParameters)
}

func TestWhatNobodyReadsInTheFileIsAMistake(t *testing.T) {
	for text, want := range map[string]string{
		"":              "Pulumi.dev.yaml says nothing: put back what it had",
		"# shards: 3\n": "Pulumi.dev.yaml says nothing",
		"config:\n  speedscale:shards: 3\nspeedscale:images: auto\n": "line 3: speedscale:images is not read here: write it under `config:`",
		"shards: 3\n":                                "line 1: shards is not read here: write it under `config:`",
		"Config:\n  speedscale:shards: 3\n":          "line 1: Config is not read here: it is written config",
		"config:\n  speedsale:shards: 3\n":           "line 2: speedsale:shards is not read: it is written speedscale:shards",
		"config:\n  docker:host: tcp://b:1\n":        "line 2: docker:host is not read: DOCKER_HOST and docker's contexts",
		"config:\n  aws:region: x\n":                 "line 2: aws:region is not read: settings stand under `config:` and start with `speedscale:`",
		"config: 3\n":                                "line 1: config must be a group of settings, such as `speedscale:shards: 3`",
		"- config\n":                                 "read Pulumi.dev.yaml",
		"config: {}\nconfig: {}\n":                   "already defined at line 1",
		"config: {}\n":                               "",
		"config:\n":                                  "",
		"config: {shards: 3, pulumi:tags: {a: b}}\n": "",
		"encryptionsalt: v1:a:b\n":                   "",
	} {
		t.Run(text, func(t *testing.T) {
			path := File(t.TempDir(), "dev")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			found, err := CheckFile(path)
			require.True(t, found)
			if want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, want)
		})
	}
	found, err := CheckFile(File(t.TempDir(), "dev"))
	require.NoError(t, err)
	require.False(t, found, "a stack without a file takes every default")
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	_, err := Load("dev", map[string]string{"shards": "none", "images": "x", "ports": `{"redis": 0, "gateway": "a"}`})
	require.Len(t, strings.Split(err.Error(), "\n"), 4, err)
}

// Whatever is given, Load either reports a mistake or keeps every rule.
func TestWhatLoadsKeepsTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.MapOfN(
			rapid.SampledFrom([]string{"shards", "membersPerShard", "configServers", "seedTarget", "rateLimit", "electionTimeout", "ports"}),
			rapid.OneOf(rapid.StringMatching(`-?[0-9]{1,6}`), rapid.StringMatching(`[0-9]{1,3}(ms|s|m|h)`), rapid.String()),
			0, 7).Draw(t, "values")
		cfg, err := Load("dev", maps.Clone(values))
		if err != nil {
			return
		}
		if cfg.Shards < 1 || cfg.Shards > 16 || cfg.MembersPerShard%2 == 0 || cfg.SeedTarget < 0 || cfg.ElectionTimeout < time.Second {
			t.Fatalf("%v loaded as %+v", values, cfg)
		}
	})
}

var update = flag.Bool("update", false, "write the table into docs/settings.md")

func TestTheSettingsPageHoldsTheTable(t *testing.T) {
	const page = "../../docs/settings.md"
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	begin, rest, found := strings.Cut(string(text), "config.go -->\n")
	require.True(t, found, "docs/settings.md has lost the comment before its table")
	have, end, found := strings.Cut(rest, "<!-- end of settings -->")
	require.True(t, found, "docs/settings.md has lost the comment after its table")
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(begin+"config.go -->\n"+Table()+"<!-- end of settings -->"+end), 0o600))
		return
	}
	if have != Table() {
		t.Fatalf("docs/settings.md does not say what infra/config/config.go says. Write it anew with\n\n\tgo generate ./infra/config\n\nThe table should be:\n\n%s", Table())
	}
}

// Without logins everybody who can reach the ports could do everything, and without
// TLS everybody on the way could read it.
func TestLoginsAndTLSCanOnlyBeTurnedOffOnThisMachine(t *testing.T) {
	for address, allowed := range map[string]bool{"127.0.0.1": true, "127.0.0.2": true, "::1": true, "0.0.0.0": false, "192.168.1.5": false, "::": false} {
		for _, name := range []string{"auth", "tls"} {
			_, err := Load("dev", map[string]string{"bindAddress": address, "security": `{"` + name + `": false, "names": ["db.example.org"]}`})
			if allowed {
				require.NoError(t, err, address)
				continue
			}
			require.ErrorContains(t, err, `speedscale:security.`+name+` is "false": it must be true when others can reach bindAddress, which is "`+address+`"`)
		}
		cfg, err := Load("dev", map[string]string{"bindAddress": address, "security": `{"names": ["db.example.org"]}`})
		require.NoError(t, err)
		require.Equal(t, !allowed, cfg.TLS(), address)
		require.Equal(t, map[bool]string{true: Auto, false: On}[allowed], cfg.Auth(), address)
	}
}

func TestTheFirstHostIsTheOneToTellPeople(t *testing.T) {
	for address, want := range map[string][]string{
		"127.0.0.1":   {"127.0.0.1", "db.example.org"},
		"192.168.1.5": {"192.168.1.5", "db.example.org"},
		"0.0.0.0":     {"db.example.org", "127.0.0.1"},
	} {
		cfg, err := Load("dev", map[string]string{"bindAddress": address, "security": `{"names": ["db.example.org"]}`})
		require.NoError(t, err)
		require.Equal(t, want, cfg.Hosts())
	}
}
