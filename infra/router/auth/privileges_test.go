package auth

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

func TestMatching(t *testing.T) {
	series := func(db, coll string) Resource { return Resource{buckets, db, coll} }
	for name, c := range map[string]struct {
		given  Resource
		yes    []Resource
		no     []Resource
		unseen []string // databases in which nothing may be done
	}{
		"a collection": {
			Collection("a", "c"),
			[]Resource{Collection("a", "c")},
			[]Resource{Collection("a", "d"), Collection("b", "c"), Database("a"), AnyNormal, Cluster, Collection("a", "system.buckets.c")},
			[]string{"b", ""},
		},
		"a database": {
			Database("a"),
			[]Resource{Collection("a", "c"), Database("a")},
			[]Resource{Collection("b", "c"), Database("b"), Collection("a", "system.js"), Collection("a", "system.buckets.c"), AnyNormal},
			[]string{"b"},
		},
		"collections of that name": {
			Collection("", "c"),
			[]Resource{Collection("a", "c"), Collection("config", "c"), Collection("local", "c")},
			[]Resource{Collection("a", "d"), Database("a"), AnyNormal},
			nil,
		},
		"all that is normal": {
			AnyNormal,
			[]Resource{Collection("a", "c"), Database("a"), Database("admin"), AnyNormal},
			[]Resource{Collection("config", "c"), Database("config"), Collection("local", "c"), Collection("a", "system.js"), Cluster},
			[]string{"config", "local"},
		},
		"a system's collection": {Collection("a", "system.js"), []Resource{Collection("a", "system.js")}, []Resource{Collection("a", "c"), Collection("b", "system.js")}, []string{"b"}},
		"the cluster":           {Cluster, []Resource{Cluster}, []Resource{AnyNormal, Database("admin"), Collection("a", "c")}, []string{"a", "admin"}},
		"anything": {
			anyResource,
			[]Resource{Cluster, AnyNormal, Database("local"), Collection("config", "c"), Collection("a", "system.users"), Collection("a", "system.buckets.c")},
			nil, nil,
		},
		"some buckets": {
			series("a", "c"),
			[]Resource{Collection("a", "system.buckets.c")},
			[]Resource{Collection("a", "system.buckets.d"), Collection("b", "system.buckets.c"), Collection("a", "c"), Collection("a", "system.buckets.")},
			[]string{"b"},
		},
		"a database's buckets": {series("a", ""), []Resource{Collection("a", "system.buckets.c")}, []Resource{Collection("b", "system.buckets.c")}, []string{"b"}},
		"buckets of that name": {series("", "c"), []Resource{Collection("a", "system.buckets.c")}, []Resource{Collection("a", "system.buckets.d")}, nil},
		"all buckets":          {series("", ""), []Resource{Collection("a", "system.buckets.c")}, []Resource{Collection("a", "system.js"), Collection("a", "c")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := Privileges{}
			p.add(c.given, "find")
			for _, r := range c.yes {
				require.True(t, p.Can(r, "find"), "%v", r)
				require.True(t, p.Some(r), "%v", r)
				require.False(t, p.Can(r, "find", "insert"), "%v", r)
			}
			for _, r := range c.no {
				require.False(t, p.Can(r, "find"), "%v", r)
			}
			for _, db := range c.unseen {
				require.False(t, p.Anywhere(db), db)
			}
		})
	}
}

var (
	someDatabase   = rapid.SampledFrom([]string{"", "a", "b", "admin", "config", "local"})
	someCollection = rapid.SampledFrom([]string{"", "c", "d", "system.js", "system.buckets.c", "system.buckets.", "system."})
	someAction     = rapid.SampledFrom([]string{"find", "insert", "remove", anyAction})
	someResource   = rapid.Custom(func(t *rapid.T) Resource {
		switch kind := rapid.SampledFrom([]kind{namespace, namespace, buckets, cluster, anything}).Draw(t, "kind"); kind {
		case namespace, buckets:
			return Resource{kind, someDatabase.Draw(t, "db"), someCollection.Draw(t, "coll")}
		default:
			return Resource{kind: kind}
		}
	})
)

// What privileges say is what each of them says, asked one after another, by the
// manual's rules.
func TestPrivilegesByTheManual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Privileges{}
		type one struct {
			r      Resource
			action string
		}
		var all []one
		for range rapid.IntRange(0, 6).Draw(t, "n") {
			given := one{someResource.Draw(t, "given"), someAction.Draw(t, "action")}
			p.add(given.r, given.action)
			all = append(all, given)
		}
		db, coll := someDatabase.Filter(func(s string) bool { return s != "" }).Draw(t, "in"), someCollection.Filter(func(s string) bool { return s != "" }).Draw(t, "of")
		want := slices.ContainsFunc(all, func(o one) bool {
			return (o.action == "find" || o.action == anyAction) && holds(o.r, db, coll)
		})
		require.Equal(t, want, p.Can(Collection(db, coll), "find"), "%v on %s.%s", all, db, coll)
		if p.Some(Collection(db, coll)) {
			require.True(t, p.Anywhere(db))
			v := p.Visible(db)
			bucket := strings.HasPrefix(coll, bucketsPrefix) && coll != bucketsPrefix
			require.True(t, v.All || v.Normal && !strings.HasPrefix(coll, "system.") || v.Buckets && bucket || slices.Contains(v.Names, coll), "%v on %s.%s", all, db, coll)
		}
	})
}

// holds is the manual's rule for one privilege on one collection.
func holds(r Resource, db, coll string) bool {
	system := strings.HasPrefix(coll, "system.")
	series, isBuckets := strings.CutPrefix(coll, bucketsPrefix)
	switch r.kind {
	case anything:
		return true
	case buckets:
		return isBuckets && series != "" && (r.db == "" || r.db == db) && (r.coll == "" || r.coll == series)
	case namespace:
		switch {
		case r.db == "" && r.coll == "":
			return !system && db != "local" && db != "config"
		case r.coll == "":
			return r.db == db && !system
		}
		return (r.db == "" || r.db == db) && r.coll == coll
	}
	return false
}

func TestUsers(t *testing.T) {
	encode := func(d bson.D) []byte {
		b, err := bson.Marshal(d)
		require.NoError(t, err)
		return b
	}
	u, err := ParseUser(encode(bson.D{{Key: "users", Value: bson.A{}}, {Key: "ok", Value: 1.0}}))
	require.NoError(t, err)
	require.Nil(t, u)
	one := bson.D{
		{Key: "user", Value: "jane"},
		{Key: "db", Value: "a"},
		{Key: "userId", Value: bson.Binary{Subtype: 4, Data: make([]byte, 16)}},
		{Key: "inheritedRoles", Value: bson.A{bson.D{{Key: "role", Value: "r"}, {Key: "db", Value: "a"}}}},
		{Key: "inheritedPrivileges", Value: bson.A{
			bson.D{{Key: "resource", Value: bson.D{{Key: "db", Value: "a"}, {Key: "collection", Value: ""}}}, {Key: "actions", Value: bson.A{"find"}}},
			bson.D{{Key: "resource", Value: bson.D{{Key: "novelty", Value: true}}}, {Key: "actions", Value: bson.A{"find"}}},
		}},
		{Key: "authenticationRestrictions", Value: bson.A{}},
		{Key: "inheritedAuthenticationRestrictions", Value: bson.A{bson.A{}}},
	}
	u, err = ParseUser(encode(bson.D{{Key: "users", Value: bson.A{one}}}))
	require.NoError(t, err)
	require.Equal(t, Name{"jane", "a"}, u.Name)
	require.True(t, u.Has(Name{"r", "a"}))
	require.True(t, u.Can(Collection("a", "c"), "find"))
	require.Len(t, u.Privileges, 1, "a resource that is not known allows nothing")
	require.False(t, u.Restricted)
	restricted := append(one[:len(one)-1:len(one)-1], bson.E{Key: "inheritedAuthenticationRestrictions", Value: bson.A{bson.A{bson.D{{Key: "clientSource", Value: "::1"}}}}})
	u, err = ParseUser(encode(bson.D{{Key: "users", Value: bson.A{restricted}}}))
	require.NoError(t, err)
	require.True(t, u.Restricted)
}
