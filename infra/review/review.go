// Package review turns the steps that the engine plans into what a person
// reviewing a change wants to know: what happens to each resource, whether data
// is deleted, and whether a replica set loses its quorum. It is pure.
package review

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Action is what happens to a resource.
type Action string

// The actions, in the order in which a report lists them.
const (
	Delete  Action = "delete"
	Replace Action = "replace"
	Update  Action = "update"
	Create  Action = "create"
)

var actions = []Action{Delete, Replace, Update, Create}

// Change is one resource's.
type Change struct {
	Action Action `json:"action"`
	Kind   string `json:"kind"` // Docker's or our provider's word: Container, Volume, ReplicaSet
	Name   string `json:"name"`
	What   string `json:"what"` // in words
}

// Report is a preview in words.
type Report struct {
	Stack     string   `json:"stack"`
	New       bool     `json:"new"` // nothing of it is deployed yet
	Changes   []Change `json:"changes"`
	Unchanged int      `json:"unchanged"`
	// NewGroups is how many components are new. The engine counts them as created,
	// but they only group resources: no change is listed for them.
	NewGroups int `json:"newGroups"`
	// DeletesData lists what would delete data, on each member and in each way.
	DeletesData []string `json:"deletesData"`
	// TakesQuorum lists which replica sets would be without a primary, and why.
	TakesQuorum []string `json:"takesQuorum"`
}

// New reports on the steps of one preview of the stack.
func New(stack string, steps []apitype.StepEventMetadata) Report {
	p := newPlan(steps)
	r := Report{Stack: stack, Changes: []Change{}, DeletesData: p.deletedData(), TakesQuorum: p.lostQuorums()}
	for _, s := range p.steps {
		switch {
		case s.kind == "Stack":
			r.New = s.action == Create
		case s.isComponent():
			if s.action == Create {
				r.NewGroups++
			}
		case strings.HasPrefix(s.Type, "pulumi:"): // the engine's own: plugins
		case s.action == "":
			r.Unchanged++
		default:
			r.Changes = append(r.Changes, Change{Action: s.action, Kind: s.kind, Name: s.name, What: describe(s)})
		}
	}
	slices.SortFunc(r.Changes, func(a, b Change) int {
		return cmp.Or(
			cmp.Compare(slices.Index(actions, a.Action), slices.Index(actions, b.Action)),
			cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			cmp.Compare(a.Name, b.Name))
	})
	return r
}

func count(changes []Change, action Action) (n int) {
	for _, c := range changes {
		if c.Action == action {
			n++
		}
	}
	return n
}

// kinds in the order in which a report lists them: what holds data first.
var kinds = []string{"Volume", "Shard", "ReplicaSet", "ShardedCollection", "Job", "Container", "Node", "Service", "Network", "RemoteImage"}
