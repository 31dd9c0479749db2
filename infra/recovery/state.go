package recovery

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// The kinds of things on the daemon, by the type of their resource.
const (
	containerType = "docker:index/container:Container"
	networkType   = "docker:index/network:Network"
	volumeType    = "docker:index/volume:Volume"
)

var onDaemon = []string{containerType, networkType, volumeType}

// resource is a thing on the daemon, as the state knows it.
type resource struct {
	URN, Type, ID, Name string
	Job                 bool // ends by itself
	Failed              bool // a job that ended in failure
	Gone                bool // deleted, its replacement is not made yet
}

// pending is what a killed run had begun.
type pending struct {
	Kind string // creating, updating, deleting, …
	resource
}

// words names a resource for people: "Container cluster-config-1".
func (r resource) words() string {
	return r.Type[strings.LastIndex(r.Type, ":")+1:] + " " + r.URN[strings.LastIndex(r.URN, ":")+1:]
}

// state is what the engine knows of the stack.
type state struct {
	Resources []resource // of the daemon, others are left out
	Pending   []pending
	Root      urn.URN // the stack's own resource
	Provider  string  // of what is on the daemon
}

func parse(deployment json.RawMessage) (s state, err error) {
	var d apitype.DeploymentV3
	if len(deployment) == 0 {
		return s, nil // a new stack
	}
	if err := json.Unmarshal(deployment, &d); err != nil {
		return s, fmt.Errorf("read the stack's state: %w", err)
	}
	for _, r := range d.Resources {
		if slices.Contains(onDaemon, string(r.Type)) {
			s.Resources = append(s.Resources, ofResource(r))
			s.Provider = r.Provider
		}
		if r.Type == tokens.RootStackType {
			s.Root = r.URN
		}
	}
	for _, op := range d.PendingOperations {
		s.Pending = append(s.Pending, pending{string(op.Type), ofResource(op.Resource)})
	}
	return s, nil
}

func ofResource(r apitype.ResourceV3) resource {
	out := resource{URN: string(r.URN), Type: string(r.Type), ID: string(r.ID), Gone: r.PendingReplacement}
	out.Name, _ = r.Inputs["name"].(string)
	// Whoever attaches waits for its end. A refresh makes mustRun false where a
	// container is stopped, so that says nothing.
	if out.Job, _ = r.Inputs["attach"].(bool); out.Job {
		code, _ := r.Outputs["exitCode"].(float64)
		out.Failed = code != 0
	}
	return out
}

// ids lists the identifiers that the state knows of a type.
func (s state) ids(kind string) map[string]bool {
	ids := map[string]bool{}
	for _, r := range s.Resources {
		if r.Type == kind {
			ids[r.ID] = true
		}
	}
	return ids
}

// mended is the deployment without what was pending, with some resources marked
// to be replaced, and with the networks that it had lost. Fields that we do not
// know stay as they are.
func mended(deployment json.RawMessage, replace []string, lost []map[string]any) (json.RawMessage, error) {
	var d map[string]any
	in := json.NewDecoder(bytes.NewReader(deployment))
	in.UseNumber()
	if err := in.Decode(&d); err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	delete(d, "pending_operations")
	resources, _ := d["resources"].([]any)
	for _, each := range resources {
		r, _ := each.(map[string]any)
		if urn, _ := r["urn"].(string); slices.Contains(replace, urn) {
			r["taint"] = true
		}
	}
	for _, n := range lost {
		resources = slices.DeleteFunc(resources, func(each any) bool {
			r, _ := each.(map[string]any)
			return r["urn"] == n["urn"] // of another network that had the name
		})
	}
	// Whatever comes before a resource on the daemon is what a network needs too.
	first := slices.IndexFunc(resources, func(each any) bool {
		r, _ := each.(map[string]any)
		kind, _ := r["type"].(string)
		return slices.Contains(onDaemon, kind)
	})
	for _, n := range lost {
		resources = slices.Insert(resources, max(first, 0), any(n))
	}
	d["resources"] = resources
	return json.Marshal(d)
}

// entry is the network as the state has one, as far as it cannot be read from
// the daemon. The rest is like that of the other things on the daemon; the
// parent is the stack, whatever it was.
func (s state) entry(network thing, label string) map[string]any {
	name, value, _ := strings.Cut(label, "=")
	inputs := map[string]any{
		"name": network.Name, "driver": "bridge",
		"labels": []any{map[string]any{"label": name, "value": value}},
	}
	return map[string]any{
		"urn":    string(urn.New(s.Root.Stack(), s.Root.Project(), "", networkType, network.Name)),
		"custom": true, "type": networkType, "id": network.ID, "inputs": inputs, "outputs": inputs,
		"parent": s.Root, "provider": s.Provider,
	}
}
