package review

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// step is a planned step with its names cut short.
type step struct {
	apitype.StepEventMetadata
	action     Action // "" if nothing changes
	kind, name string
	old, new   inputs
	kept       bool // deleted from the state only
}

// inputs are a resource's, as the engine tells them.
type inputs map[string]any

func (in inputs) text(key string) string {
	text, _ := in[key].(string)
	return text
}

// list is a property that holds objects.
func (in inputs) list(key string) (out []inputs) {
	elements, _ := in[key].([]any)
	for _, e := range elements {
		if object, ok := e.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

func (in inputs) object(key string) inputs {
	object, _ := in[key].(map[string]any)
	return object
}

// plan is everything that is planned, with what belongs together.
type plan struct {
	steps []step
	sets  []set
}

// set is a replica set, with its members' containers before and after.
type set struct {
	name     string
	old, new []string
	shard    Action // what happens to the shard that it is; "" if it stays or is none
	action   Action
}

func newPlan(metadata []apitype.StepEventMetadata) plan {
	var p plan
	for _, m := range metadata {
		if s, ok := newStep(m); ok {
			p.steps = append(p.steps, s)
		}
	}
	for _, s := range p.of("ReplicaSet") {
		shard := p.find("Shard", func(shard step) bool { return cmpName(shard) == cmpName(s) })
		p.sets = append(p.sets, set{
			name: cmpName(s), old: members(s.old), new: members(s.new), shard: shard.action, action: s.action,
		})
	}
	return p
}

// isComponent tells what only groups resources: nothing is done to it.
func (s step) isComponent() bool {
	state := s.New
	if state == nil {
		state = s.Old
	}
	return state != nil && !state.Custom && !strings.HasPrefix(s.Type, "pulumi:")
}

// newStep leaves out the parts of a replacement, which the engine tells besides
// the whole, and what only looks.
func newStep(m apitype.StepEventMetadata) (step, bool) {
	action, ok := map[apitype.OpType]Action{
		apitype.OpSame: "", apitype.OpCreate: Create, apitype.OpImport: Create, apitype.OpUpdate: Update,
		apitype.OpReplace: Replace, apitype.OpDelete: Delete,
	}[m.Op]
	s := step{StepEventMetadata: m, action: action}
	s.kind = m.Type[strings.LastIndex(m.Type, ":")+1:]
	s.name = m.URN[strings.LastIndex(m.URN, "::")+2:]
	if m.Old != nil {
		s.old, s.kept = m.Old.Inputs, m.Old.RetainOnDelete
	}
	if m.New != nil {
		s.new = m.New.Inputs
	}
	return s, ok
}

// cmpName is the name of a replica set, or of the shard that it is.
func cmpName(s step) string {
	if name := s.new.text("name"); name != "" {
		return name
	}
	return s.old.text("name")
}

func members(in inputs) (containers []string) {
	for _, m := range in.list("members") {
		containers = append(containers, m.text("container"))
	}
	return containers
}

func (p plan) of(kind string) (found []step) {
	for _, s := range p.steps {
		if s.kind == kind && !s.isComponent() {
			found = append(found, s)
		}
	}
	return found
}

func (p plan) find(kind string, is func(step) bool) step {
	for _, s := range p.of(kind) {
		if is(s) {
			return s
		}
	}
	return step{}
}

// container is the step of the container of that name in Docker.
func (p plan) container(name string) step {
	return p.find("Container", func(s step) bool { return s.old.text("name") == name || s.new.text("name") == name })
}

// setOf is the set one of whose members' containers mounts the volume.
func (p plan) setOf(volume string) (owner set, container string) {
	for _, s := range p.sets {
		for _, member := range s.old {
			mounts := p.container(member).old.list("volumes")
			if slices.ContainsFunc(mounts, func(m inputs) bool { return m.text("volumeName") == volume }) {
				return s, member
			}
		}
	}
	return set{}, ""
}
