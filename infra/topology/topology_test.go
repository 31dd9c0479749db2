package topology

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"speedscale/infra/config"
)

func devConfig(t *testing.T) config.Config {
	t.Helper()
	cfg, err := config.Load("dev", map[string]string{
		"containerPrefix": "cluster-", "network": "mongo-shard-network", "volumePrefix": "",
	})
	require.NoError(t, err)
	return cfg
}

func TestTheDefaultStack(t *testing.T) {
	want, err := os.ReadFile("testdata/dev.txt")
	require.NoError(t, err)
	plan := New(devConfig(t))
	require.Equal(t, string(want), plan.String())
	require.Len(t, plan.Containers(), 15)
	require.Len(t, plan.Volumes(), 9)
	require.Equal(t, "configReplSet/config-server-1:27017,config-server-2:27017,config-server-3:27017", plan.Config.SeedList())
}

// For any number of shards and members, container names, volumes and DNS names are
// unique, and every member has a volume.
func TestNamesNeverClash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg, err := config.Load(rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "stack"), map[string]string{
			"shards":          strconv.Itoa(rapid.IntRange(1, 16).Draw(t, "shards")),
			"membersPerShard": strconv.Itoa(rapid.SampledFrom([]int{1, 3, 5, 7}).Draw(t, "members")),
			"configServers":   strconv.Itoa(rapid.SampledFrom([]int{1, 3}).Draw(t, "config servers")),
		})
		if err != nil {
			t.Fatal(err)
		}
		plan := New(cfg)
		seen := map[string]bool{}
		once := func(kind, name string) {
			if seen[kind+name] {
				t.Fatalf("%s %s twice in\n%s", kind, name, plan)
			}
			seen[kind+name] = true
		}
		for _, c := range plan.Containers() {
			once("container", c.Name)
			for _, alias := range c.Aliases {
				once("alias", alias)
			}
		}
		for _, volume := range plan.Volumes() {
			once("volume", volume)
			if !IsVolume(cfg, volume) || IsVolume(cfg, "other_"+volume) {
				t.Fatalf("%s is not told from another stack's volumes", volume)
			}
		}
		if got, want := len(plan.Volumes()), cfg.ConfigServers+cfg.Shards*cfg.MembersPerShard; got != want {
			t.Fatalf("%d volumes, want %d", got, want)
		}
	})
}

func TestMembersHaveWhatTheSettingsSay(t *testing.T) {
	cfg, err := config.Load("dev", map[string]string{"priorities": `{"shard1-node1": 5}`, "hidden": `["shard1-node3"]`})
	require.NoError(t, err)
	var names [][]string
	for _, set := range New(cfg).Sets() {
		var members []string
		for _, m := range set.Members {
			members = append(members, m.Aliases[0])
		}
		names = append(names, members)
	}
	require.Equal(t, cfg.MemberNames(), names)
	shard := New(cfg).Shards[0].Members
	require.Equal(t, 5.0, shard[0].Priority)
	require.Equal(t, 1.0, shard[1].Priority)
	require.True(t, shard[2].Hidden)
	require.Zero(t, shard[2].Priority)
}

// Two stacks with default settings share no container, volume or network name.
func TestStacksStandSideBySide(t *testing.T) {
	a, err := config.Load("one", nil)
	require.NoError(t, err)
	b, err := config.Load("two", nil)
	require.NoError(t, err)
	mine := map[string]bool{New(a).Network: true}
	for _, c := range New(a).Containers() {
		mine[c.Name], mine[c.Volume] = true, c.Volume != ""
	}
	require.False(t, mine[New(b).Network])
	for _, c := range New(b).Containers() {
		require.False(t, mine[c.Name], c.Name)
		require.False(t, mine[c.Volume] && c.Volume != "", c.Volume)
	}
}
