package auth

import (
	"slices"
	"strings"
)

// Resource is what an action is about. In a privilege an empty database or
// collection stands for any.
type Resource struct {
	kind     kind
	db, coll string
}

type kind uint8

const (
	namespace kind = iota
	buckets        // of time-series collections: system.buckets.<coll>
	cluster
	anything
)

// AnyNormal are all collections of all databases, but those of the system.
var AnyNormal = Resource{}

// Cluster is the cluster as a whole.
var Cluster = Resource{kind: cluster}

var anyResource = Resource{kind: anything}

// Collection is one collection.
func Collection(db, coll string) Resource { return Resource{db: db, coll: coll} }

// Database is a database as a whole.
func Database(db string) Resource { return Resource{db: db} }

// anyAction is the action that stands for all.
const anyAction = "anyAction"

const bucketsPrefix = "system.buckets."

// Privileges are the actions that are allowed, by resource.
type Privileges map[Resource]map[string]bool

func (p Privileges) add(r Resource, action string) {
	if p[r] == nil {
		p[r] = map[string]bool{}
	}
	p[r][action] = true
}

// Can says whether all the actions are allowed on the resource.
func (p Privileges) Can(r Resource, actions ...string) bool {
	covering := r.covering()
	for _, action := range actions {
		if !slices.ContainsFunc(covering, func(c Resource) bool { return p[c][action] || p[c][anyAction] }) {
			return false
		}
	}
	return true
}

// Some says whether any action is allowed on the resource.
func (p Privileges) Some(r Resource) bool {
	return slices.ContainsFunc(r.covering(), func(c Resource) bool { return len(p[c]) > 0 })
}

// covering are the resources of privileges that hold for r, as MongoDB looks them
// up: what belongs to the system is covered only by name, and the databases local
// and config by nothing that is for all databases.
func (r Resource) covering() []Resource {
	list := append(make([]Resource, 0, 6), anyResource)
	if r.kind == namespace {
		list = append(list, r.wider()...)
	}
	return append(list, r)
}

func (r Resource) wider() []Resource {
	switch inner, isBuckets := strings.CutPrefix(r.coll, bucketsPrefix); {
	case r == AnyNormal:
		return nil
	case r.coll == "":
		return r.normal()
	case isBuckets && inner != "":
		return []Resource{{coll: r.coll}, {buckets, r.db, inner}, {buckets, r.db, ""}, {buckets, "", inner}, {buckets, "", ""}}
	case strings.HasPrefix(r.coll, "system."):
		return []Resource{{coll: r.coll}}
	}
	return append(r.normal(), Database(r.db), Resource{coll: r.coll})
}

func (r Resource) normal() []Resource {
	if r.db == "local" || r.db == "config" {
		return nil
	}
	return []Resource{AnyNormal}
}

// Anywhere says whether any action is allowed on anything in the database.
func (p Privileges) Anywhere(db string) bool {
	for r, actions := range p {
		if len(actions) == 0 {
			continue
		}
		switch {
		case r == anyResource:
			return true
		case r == AnyNormal:
			if db != "local" && db != "config" {
				return true
			}
		case (r.kind == namespace || r.kind == buckets) && (r.db == db || r.db == ""):
			return true
		}
	}
	return false
}

// Visible are the collections of a database that some action is allowed on: all
// but the system's, these names, and these of buckets.
type Visible struct {
	All, Normal, Buckets bool
	Names                []string
}

// Visible says which collections of the database may be seen.
func (p Privileges) Visible(db string) Visible {
	v := Visible{Names: []string{}}
	for r, actions := range p {
		switch {
		case len(actions) == 0:
		case r == anyResource:
			v.All = true
		case r == AnyNormal:
			v.Normal = v.Normal || db != "local" && db != "config"
		case r.db != db && r.db != "":
		case r.kind == namespace && r.coll == "":
			v.Normal = true
		case r.kind == namespace:
			v.Names = append(v.Names, r.coll)
		case r.kind == buckets && r.coll == "":
			v.Buckets = true
		case r.kind == buckets:
			v.Names = append(v.Names, bucketsPrefix+r.coll)
		}
	}
	slices.Sort(v.Names)
	return v
}

// Database is the resource's database as a whole.
func (r Resource) Database() Resource { return Database(r.db) }

// SameDatabase says whether both are in one database.
func (r Resource) SameDatabase(other Resource) bool { return r.db == other.db }

// System says whether the collection is one of the system's.
func (r Resource) System() bool { return strings.HasPrefix(r.coll, "system.") }
