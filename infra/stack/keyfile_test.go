package stack

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"speedscale/infra/cluster"
	"speedscale/infra/config"
	"speedscale/infra/dockerhost"
	"speedscale/infra/images"
)

func TestKeyfileOfTheNextDeployment(t *testing.T) {
	for name, tc := range map[string]struct {
		generation int
		standing   []Keyfile
		want       Keyfile
	}{
		"a new stack":                        {1, nil, Keyfile{1}},
		"a new stack, another number":        {7, nil, Keyfile{7}},
		"nothing changes":                    {1, []Keyfile{{1}, {1}}, Keyfile{1}},
		"the first step":                     {2, []Keyfile{{1}, {1}}, Keyfile{1, 2}},
		"killed in the first step":           {2, []Keyfile{{1, 2}, {1}}, Keyfile{1, 2}},
		"the second step":                    {2, []Keyfile{{1, 2}, {1, 2}}, Keyfile{2}},
		"killed in the second step":          {2, []Keyfile{{2}, {1, 2}}, Keyfile{2}},
		"a lower number":                     {1, []Keyfile{{2}, {2}}, Keyfile{2, 1}},
		"another one in the first step":      {3, []Keyfile{{1, 2}, {1}}, Keyfile{1, 3}},
		"another one between the steps":      {3, []Keyfile{{1, 2}, {1, 2}}, Keyfile{2, 3}},
		"another one in the second step":     {3, []Keyfile{{1, 2}, {2}}, Keyfile{2, 3}},
		"back again in the first step":       {1, []Keyfile{{1, 2}, {1}}, Keyfile{1}},
		"back again in the second step":      {1, []Keyfile{{1, 2}, {2}}, Keyfile{2, 1}},
		"nothing in common, by hand perhaps": {3, []Keyfile{{1}, {2}}, Keyfile{3}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, nextKeyfile(tc.generation, tc.standing))
		})
	}
}

func TestLabelsOfKeyfiles(t *testing.T) {
	for label, k := range map[string]Keyfile{"": {1}, "2": {2}, "1+2": {1, 2}, "12+3": {12, 3}} {
		require.Equal(t, label, k.label())
		require.Equal(t, k, keyfileFrom(label))
	}
	require.Equal(t, []Keyfile{{1}, {1, 2}}, keyfilesOf([]dockerhost.Container{
		{Labels: map[string]string{}}, // the page, or a member without a keyfile
		{Labels: map[string]string{cluster.LabelLogins: "required"}},
		{Labels: map[string]string{cluster.LabelLogins: "optional", cluster.LabelKeys: "1+2"}},
	}))
}

// server is a member or the router: the generations of its label, and the keys that
// its keyfile really holds; none without a keyfile.
type server struct {
	label Keyfile
	keys  []int
}

// rotated is a stack whose keyfile is replaced again and again.
type rotated struct {
	servers []server
	state   map[int]int // the key of each generation in Pulumi's state
	made    int
}

// run is a deployment that replaces these servers, and is killed then unless these are
// all.
func (r *rotated) run(t *rapid.T, generation int, replaced []int) {
	var standing []Keyfile
	for _, s := range r.servers {
		if len(s.keys) > 0 {
			standing = append(standing, s.label)
		}
	}
	next := nextKeyfile(generation, standing)
	var keys []int
	for _, generation := range next {
		if _, kept := r.state[generation]; !kept {
			r.made++
			r.state[generation] = r.made
		}
		keys = append(keys, r.state[generation])
	}
	for _, i := range replaced {
		r.servers[i] = server{next, keys}
		r.works(t)
	}
	if len(replaced) == len(r.servers) { // what is not declared is deleted at the end
		maps.DeleteFunc(r.state, func(generation, _ int) bool { return !slices.Contains(next, generation) })
	}
}

func (r *rotated) all() (all []int) {
	for i := range r.servers {
		all = append(all, i)
	}
	return all
}

// works demands that any two servers with a keyfile share a key.
func (r *rotated) works(t *rapid.T) {
	for _, a := range r.servers {
		for _, b := range r.servers {
			shared := slices.ContainsFunc(a.keys, func(key int) bool { return slices.Contains(b.keys, key) })
			require.True(t, shared || len(a.keys) == 0 || len(b.keys) == 0, "%v", r.servers)
		}
	}
}

// However many runs are killed after some servers were replaced, and whatever number
// is asked for next, any two servers share a key, and two whole runs end it.
func TestTheKeyfileIsReplacedWithoutABreak(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		generation := rapid.IntRange(1, 4)
		r := rotated{servers: make([]server, rapid.IntRange(1, 6).Draw(t, "servers")), state: map[int]int{}}
		for range rapid.IntRange(0, 12).Draw(t, "runs") {
			switch rapid.IntRange(0, 9).Draw(t, "event") {
			case 0: // a member is added, or had no keyfile
				r.servers = append([]server{{}}, r.servers...)
			case 1: // one is gone
				if len(r.servers) > 1 {
					i := rapid.IntRange(0, len(r.servers)-1).Draw(t, "gone")
					r.servers = slices.Delete(r.servers, i, i+1)
				}
			}
			order := rapid.Permutation(r.all()).Draw(t, "order")
			r.run(t, generation.Draw(t, "generation"), order[:rapid.IntRange(0, len(order)).Draw(t, "replaced")])
		}
		last, before := generation.Draw(t, "last"), r.made
		for range 2 {
			r.run(t, last, r.all())
		}
		for _, s := range r.servers {
			require.Equal(t, server{Keyfile{last}, []int{r.state[last]}}, s)
		}
		require.Len(t, r.state, 1, "the old key is in no state")
		require.LessOrEqual(t, r.made, before+1)
	})
}

// declareSteps declares the stack with these settings of rotate, and this keyfile.
func declareSteps(t *testing.T, rotate string, k Keyfile) *engine {
	t.Helper()
	e := &engine{}
	require.NoError(t, declareAll(t, e, map[string]string{"security": `{"rotate": ` + rotate + `}`}, images.Packages, Steps{Logins: Logins{Required, true}, Keyfile: k}))
	return e
}

func TestEachServerHasTheKeyfileOfTheStep(t *testing.T) {
	for _, tc := range []struct {
		keyfile     Keyfile
		label, text string
	}{
		{Keyfile{1}, "", "value of keyfile"},
		{Keyfile{1, 2}, "1+2", "- value of keyfile\n- value of keyfile-2\n"},
		{Keyfile{2}, "2", "value of keyfile-2"},
	} {
		e := declareSteps(t, "{}", tc.keyfile)
		for _, name := range []string{"dev-config-1", "dev-shard1-node1", "dev-mongos"} {
			labels := map[string]string{}
			for _, l := range e.named(t, "Container", name).Inputs["labels"].ArrayValue() {
				labels[l.ObjectValue()["label"].StringValue()] = l.ObjectValue()["value"].StringValue()
			}
			require.Equal(t, tc.label, labels[cluster.LabelKeys], name)
			require.Equal(t, map[string]string{"keyfile": tc.text}, e.deployed.net.Secrets(name))
		}
	}
}

func TestAnotherGenerationOfPasswords(t *testing.T) {
	first, second := declareSteps(t, "{}", Keyfile{1}), declareSteps(t, `{"passwords": 2}`, Keyfile{1})
	envs := func(e *engine) string {
		return fmt.Sprint(e.named(t, "Container", "dev-api-gateway").Inputs["envs"].Mappable())
	}
	require.Contains(t, envs(first), "mongodb://gateway@mongos:27017")
	require.Contains(t, envs(second), "mongodb://gateway-2@mongos:27017")
	require.Contains(t, envs(second), "redis://gateway@redis:6379")
	require.Equal(t, resource.NewProperty("gateway-2"), second.named(t, "User", "mongo-gateway-2").Inputs["name"])
	require.Equal(t, resource.NewProperty("admin"), second.named(t, "User", "mongo-admin").Inputs["name"])
	require.Equal(t, "value of mongo-admin-2", second.named(t, "User", "mongo-admin").Inputs["password"].SecretValue().Element.StringValue())
	require.Len(t, second.of("Secret"), len(first.of("Secret")))
	for _, s := range second.of("Secret") {
		require.True(t, s.Name == "keyfile" || s.Name[len(s.Name)-2:] == "-2", s.Name)
	}
	for _, name := range []string{"dev-api-gateway", "dev-redis-cache", "dev-redis-ui"} {
		require.NotEqual(t, first.deployed.net.Secrets(name), second.deployed.net.Secrets(name), name)
	}
	require.Equal(t, first.deployed.net.Secrets("dev-mongos"), second.deployed.net.Secrets("dev-mongos"))
}

func TestStepsAskForAnother(t *testing.T) {
	done := Steps{Logins: Logins{Required, true}, Keyfile: Keyfile{2}}
	require.False(t, done.More())
	require.Empty(t, done.Notes(config.Config{}))
	both := Steps{Logins: Logins{Optional, true}, Keyfile: Keyfile{1, 2}}
	require.True(t, both.More())
	require.Len(t, both.Notes(config.Config{}), 2)
	require.True(t, Steps{Logins: Logins{Required, true}, Keyfile: Keyfile{1, 2}}.More())
	require.False(t, Steps{}.More())
}
