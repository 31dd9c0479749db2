package review

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

type object = map[string]any

// a is a step on a resource, with the inputs before and after; nil for none.
func a(op apitype.OpType, kind, name string, old, new object, changed ...string) apitype.StepEventMetadata {
	pkg := map[string]string{"Volume": "docker", "Container": "docker", "Network": "docker", "RemoteImage": "docker", "Stack": "pulumi"}[kind]
	if pkg == "" {
		pkg = "speedscale"
	}
	m := apitype.StepEventMetadata{
		Op: op, Type: pkg + ":index/x:" + kind, Diffs: changed,
		URN: "urn:pulumi:dev::speedscale::" + pkg + ":index/x:" + kind + "::" + name,
	}
	if old != nil {
		m.Old = &apitype.StepEventStateMetadata{Inputs: old, Custom: kind != "Stack"}
	}
	if new != nil {
		m.New = &apitype.StepEventStateMetadata{Inputs: new, Custom: kind != "Stack"}
	}
	return m
}

func volumeOf(member string) object { return object{"name": member + "_data"} }

func containerOf(member string, more ...any) object {
	c := object{"name": member, "volumes": []any{object{"volumeName": member + "_data", "containerPath": "/data/db"}}}
	for i := 0; i+1 < len(more); i += 2 {
		c[more[i].(string)] = more[i+1]
	}
	return c
}

func nodeOf(member string) object { return object{"container": member, "host": member + ":27017"} }

func setOf(members ...string) object {
	var list []any
	for _, m := range members {
		list = append(list, object{"host": m + ":27017", "container": m, "priority": 1.0})
	}
	return object{"name": "s1", "members": list, "settings": object{"electionTimeoutMillis": 3000.0}}
}

// member is everything that belongs to one member of a set, all with the same op.
func member(op apitype.OpType, name string) []apitype.StepEventMetadata {
	before, after := volumeOf(name), volumeOf(name)
	container, node := containerOf(name), nodeOf(name)
	old := func(o object) object {
		if op == apitype.OpCreate {
			return nil
		}
		return o
	}
	is := func(o object) object {
		if op == apitype.OpDelete {
			return nil
		}
		return o
	}
	return []apitype.StepEventMetadata{
		a(op, "Volume", name+"_data", old(before), is(after)),
		a(op, "Container", name, old(container), is(container)),
		a(op, "Node", name, old(node), is(node)),
	}
}

func flat(parts ...[]apitype.StepEventMetadata) (all []apitype.StepEventMetadata) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// scenarios are changes as people make them; testdata has what they read.
func scenarios() map[string][]apitype.StepEventMetadata {
	type steps = []apitype.StepEventMetadata
	same := func(names ...string) (all steps) {
		for _, n := range names {
			all = append(all, member(apitype.OpSame, n)...)
		}
		return all
	}
	settings := setOf("a", "b", "c")
	settings["settings"] = object{"electionTimeoutMillis": 5000.0}
	settings["members"].([]any)[1].(object)["priority"] = 2.0
	kept := flat(member(apitype.OpDelete, "a"), steps{a(apitype.OpDelete, "ReplicaSet", "s1", setOf("a"), nil)})
	kept[0].Old.RetainOnDelete = true
	rolling := func(op apitype.OpType) (all steps) {
		for _, n := range []string{"a", "b", "c"} {
			all = append(all, a(op, "Container", n, containerOf(n, "command", []any{"mongod", "--quiet"}), containerOf(n, "command", []any{"mongod", "-v"}), "command"))
		}
		return append(all, a(apitype.OpSame, "ReplicaSet", "s1", setOf("a", "b", "c"), setOf("a", "b", "c")))
	}
	drifted := a(apitype.OpUpdate, "ReplicaSet", "s1", setOf("a"), setOf("a"))
	drifted.Old.InitErrors = []string{"s1: waiting for a primary, 0 of 1 answer\nlast lines of a:\n{}"}
	return map[string]steps{
		"nothing": same("a"),
		"new-stack": flat(steps{a(apitype.OpCreate, "Stack", "speedscale-dev", nil, object{})}, member(apitype.OpCreate, "a"),
			steps{a(apitype.OpCreate, "ReplicaSet", "s1", nil, setOf("a")), a(apitype.OpCreate, "RemoteImage", "mongo", nil, object{"build": object{}})}),
		"member-added": flat(same("a"), member(apitype.OpCreate, "b"), steps{a(apitype.OpUpdate, "ReplicaSet", "s1", setOf("a"), setOf("a", "b"))}),
		"member-of-three-removed": flat(same("a", "b"), member(apitype.OpDelete, "c"),
			steps{a(apitype.OpUpdate, "ReplicaSet", "s1", setOf("a", "b", "c"), setOf("a", "b"))}),
		"three-to-one": flat(same("a"), member(apitype.OpDelete, "b"), member(apitype.OpDelete, "c"),
			steps{a(apitype.OpUpdate, "ReplicaSet", "s1", setOf("a", "b", "c"), setOf("a"))}),
		"shard-removed": flat(member(apitype.OpDelete, "a"), steps{
			a(apitype.OpDelete, "ReplicaSet", "s1", setOf("a"), nil), a(apitype.OpDelete, "Shard", "s1-in-cluster", object{"name": "s1"}, nil),
		}),
		"volume-replaced": flat(steps{a(apitype.OpReplace, "Volume", "a_data", volumeOf("a"), volumeOf("a"), "labels")}, member(apitype.OpSame, "a")[1:],
			steps{a(apitype.OpSame, "ReplicaSet", "s1", setOf("a"), setOf("a"))}),
		"settings":    {a(apitype.OpUpdate, "ReplicaSet", "s1", setOf("a", "b", "c"), settings)},
		"data-kept":   kept,
		"rolling":     flat(rolling(apitype.OpReplace), steps{member(apitype.OpSame, "a")[2], member(apitype.OpSame, "b")[2], member(apitype.OpSame, "c")[2]}),
		"all-at-once": rolling(apitype.OpReplace),
		"network":     flat(same("a"), steps{a(apitype.OpReplace, "Network", "n", object{"name": "n"}, object{"name": "n"}, "driver")}),
		"drift":       {drifted},
		"stopped": flat(steps{
			a(apitype.OpUpdate, "Container", "a", object{"mustRun": false}, object{"mustRun": true}, "mustRun"),
			a(apitype.OpUpdate, "Node", "a", object{}, object{}),
			a(apitype.OpReplace, "Container", "page", object{"mustRun": false}, object{"mustRun": true}, "mustRun", "ports"),
		}),
		"dropped-index": {a(apitype.OpUpdate, "Job", "indexes", object{"undone": []any{"tokens_1"}},
			object{"database": "speedscale", "collection": "products"}, "undone")},
		"shard-joins": {
			a(apitype.OpCreate, "Shard", "s2-in-cluster", nil, object{"name": "s2"}),
			a(apitype.OpUpdate, "Shard", "s1-in-cluster", setOf("a"), setOf("a", "b"), "members"),
			a(apitype.OpUpdate, "ShardedCollection", "products", object{"shards": []any{"s1"}}, object{"shards": []any{"s1", "s2"}}, "shards"),
		},
		// A stack that was made when the containers themselves were waited for.
		"services": {
			a(apitype.OpCreate, "Service", "redis", nil, object{"container": "redis"}),
			a(apitype.OpUpdate, "Container", "redis", object{"wait": true}, object{}, "wait", "waitTimeout"),
			a(apitype.OpUpdate, "Service", "page", object{}, object{}),
			a(apitype.OpDelete, "Service", "old", object{}, nil),
		},
		"pipe-in-cell": {a(apitype.OpReplace, "Container", "x", object{"command": []any{"a|b"}}, object{"command": []any{"<c>"}}, "command")},
	}
}

func TestReportsReadAsRecorded(t *testing.T) {
	for name, steps := range scenarios() {
		t.Run(name, func(t *testing.T) {
			got := New("dev", steps).Markdown()
			file := filepath.Join("testdata", name+".md")
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}

func TestWhichChangesAreDangerous(t *testing.T) {
	for name, danger := range map[string]struct{ data, quorum bool }{
		"nothing": {}, "new-stack": {}, "member-added": {}, "settings": {}, "data-kept": {}, "rolling": {},
		"member-of-three-removed": {data: true}, "three-to-one": {data: true, quorum: true}, "shard-removed": {data: true},
		"volume-replaced": {data: true}, "all-at-once": {quorum: true}, "network": {quorum: true},
	} {
		r := New("dev", scenarios()[name])
		require.Equal(t, danger.data, len(r.DeletesData) > 0, name)
		require.Equal(t, danger.quorum, len(r.TakesQuorum) > 0, name)
	}
}

// A component has no inputs and is nothing on Docker, even if its kind is that of
// a resource.
func TestComponentsAreNoChange(t *testing.T) {
	group := a(apitype.OpCreate, "ReplicaSet", "s1", nil, object{})
	group.Type, group.New.Custom = "speedscale:cluster:ReplicaSet", false
	steps := append([]apitype.StepEventMetadata{group}, member(apitype.OpSame, "a")...)
	r := New("dev", append(steps, a(apitype.OpSame, "ReplicaSet", "s1", setOf("a"), setOf("a"))))
	require.Empty(t, r.Changes)
	require.Equal(t, len(member(apitype.OpSame, "a"))+1, r.Unchanged)
	require.Equal(t, "1 of what is to be created are components: they group resources, and nothing is done on Docker for them.\n", r.Text())
	require.Contains(t, r.Markdown(), "No changes")
}

// A replacement is told three times; it is one change.
func TestAReplacementCountsOnce(t *testing.T) {
	c := containerOf("a")
	r := New("dev", []apitype.StepEventMetadata{
		a(apitype.OpDeleteReplaced, "Container", "a", c, nil), a(apitype.OpReplace, "Container", "a", c, c, "command"),
		a(apitype.OpCreateReplacement, "Container", "a", c, c),
	})
	require.Len(t, r.Changes, 1)
	require.Equal(t, 1, count(r.Changes, Replace))
}

func TestJSONHasListsWhereNothingHappens(t *testing.T) {
	text, err := json.Marshal(New("dev", nil))
	require.NoError(t, err)
	require.JSONEq(t, `{"stack":"dev","new":false,"changes":[],"unchanged":0,"newGroups":0,"deletesData":[],"takesQuorum":[]}`, string(text))
}

// Whatever else happens: data is in danger if and only if a volume goes that is
// not kept.
func TestEveryLostVolumeIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var steps []apitype.StepEventMetadata
		var names []string
		lost := 0
		for i := range rapid.IntRange(0, 7).Draw(t, "members") {
			name := fmt.Sprintf("m%d", i)
			op := rapid.SampledFrom([]apitype.OpType{apitype.OpSame, apitype.OpDelete, apitype.OpReplace, apitype.OpUpdate}).Draw(t, "op")
			all := member(op, name)
			all[0].Old.RetainOnDelete = rapid.Bool().Draw(t, "kept")
			if !all[0].Old.RetainOnDelete && (op == apitype.OpDelete || op == apitype.OpReplace) {
				lost++
			}
			if rapid.Bool().Draw(t, "in a set") {
				names = append(names, name)
			}
			steps = append(steps, all...)
		}
		if len(names) > 0 {
			op := rapid.SampledFrom([]apitype.OpType{apitype.OpSame, apitype.OpDelete, apitype.OpUpdate}).Draw(t, "set")
			steps = append(steps, a(op, "ReplicaSet", "s1", setOf(names...), setOf(names[:1]...)))
		}
		r := New("dev", steps)
		if (lost > 0) != (len(r.DeletesData) > 0) {
			t.Fatalf("%d volumes go, told: %q", lost, r.DeletesData)
		}
	})
}
