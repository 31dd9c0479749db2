package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
)

// Node waits until the mongod of a container serves.
type Node struct{ connect Connect }

// NodeArgs are a Node's inputs.
type NodeArgs struct {
	ContainerArgs
	Host       string `pulumi:"host"`
	ReplicaSet string `pulumi:"replicaSet"`
}

// NodeState is a Node's outputs.
type NodeState struct {
	NodeArgs
	State         string `pulumi:"state"`
	ServerVersion string `pulumi:"serverVersion"`
}

// stateServing is a Node's state as long as its mongod answers. Roles are not
// told: they change by themselves, and a refresh would show that as drift.
const stateServing = "serving"

// Annotate describes the resource.
func (n *Node) Annotate(a infer.Annotator) {
	a.Describe(&n, "A mongod that answers and, once it belongs to a replica set, is PRIMARY or SECONDARY and caught up. "+
		"Chained container by container, Nodes make a rolling change replace one member at a time.")
}

// Annotate describes the inputs.
func (args *NodeArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Host, `Host and port by which the cluster knows it, "shard1-node1:27017".`)
	a.Describe(&args.ReplicaSet, "Name of the replica set that it is, or will be, a member of.")
}

// Annotate describes the outputs.
func (s *NodeState) Annotate(a infer.Annotator) {
	a.Describe(&s.State, `"serving".`)
	a.Describe(&s.ServerVersion, `Version of the mongod, "6.0.27".`)
}

// Check reports every mistake in the inputs.
func (n *Node) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[NodeArgs], error) {
	args, failures, err := infer.DefaultCheck[NodeArgs](ctx, req.NewInputs)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[NodeArgs]{Inputs: args, Failures: failures}, err
	}
	var c checks
	c.host("host", args.Host)
	c.timeout(args.TimeoutSeconds)
	return infer.CheckResponse[NodeArgs]{Inputs: args, Failures: c}, nil
}

// Create waits for the mongod.
func (n *Node) Create(ctx context.Context, req infer.CreateRequest[NodeArgs]) (infer.CreateResponse[NodeState], error) {
	resp := infer.CreateResponse[NodeState]{ID: req.Inputs.Container, Output: NodeState{NodeArgs: req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	state, err := n.await(ctx, req.Inputs, 0)
	resp.Output = state
	return resp, err
}

// joinGrace is how long a mongod that was a member before may take to hear from
// its set: without data of its own it is told by the next heartbeats.
const joinGrace = 5 * time.Second

// Update waits again.
func (n *Node) Update(ctx context.Context, req infer.UpdateRequest[NodeArgs, NodeState]) (infer.UpdateResponse[NodeState], error) {
	if req.DryRun {
		return infer.UpdateResponse[NodeState]{Output: NodeState{NodeArgs: req.Inputs, ServerVersion: req.State.ServerVersion, State: stateServing}}, nil
	}
	state, err := n.await(ctx, req.Inputs, joinGrace)
	return infer.UpdateResponse[NodeState]{Output: state}, err
}

func (n *Node) await(ctx context.Context, args NodeArgs, grace time.Duration) (NodeState, error) {
	state := NodeState{NodeArgs: args, State: stateServing}
	clients, err := n.connect()
	if err != nil {
		return state, err
	}
	ctx, cancel := deadline(ctx, args.TimeoutSeconds)
	defer cancel()
	if err := clients.fit(ctx, args.ContainerArgs); err != nil {
		return state, err
	}
	grace = min(grace, time.Duration(args.TimeoutSeconds)*time.Second/2)
	w := nodeWait{Clients: clients, args: args, bareUntil: time.Now().Add(grace)}
	err = wait(ctx, args.Host, pollEvery, clients.through(w.endpoint(), w.ask))
	if errors.Is(err, errGaveUp) {
		err = clients.withLog(ctx, args.Container, err)
	}
	if err != nil {
		return state, args.explain(err)
	}
	state.ServerVersion, err = clients.Admin.Version(ctx, w.endpoint())
	return state, err
}

// nodeWait is what one wait for a mongod knows.
type nodeWait struct {
	Clients
	args      NodeArgs
	bareUntil time.Time // until then it may not stay without a set configuration
}

func (w *nodeWait) endpoint() mongoadmin.Endpoint {
	return mongoadmin.Endpoint{Host: w.args.Host, Container: w.args.Container}
}

func (w *nodeWait) ask(ctx context.Context) (string, error) {
	hello, err := w.Admin.Hello(ctx, w.endpoint())
	if err != nil {
		return "", err
	}
	switch {
	case hello.Router:
		return "", fmt.Errorf("container %s runs a mongos, where a member of %s is expected", w.args.Container, w.args.ReplicaSet)
	case hello.Set == "":
		if time.Now().Before(w.bareUntil) {
			return "waiting to hear from " + w.args.ReplicaSet, nil
		}
		return "", nil
	case hello.Set != w.args.ReplicaSet:
		return "", otherSet(w.args.Host, w.args.Container, hello.Set, w.args.ReplicaSet)
	}
	status, err := w.Admin.SetStatus(ctx, w.endpoint())
	if err != nil {
		return "", err
	}
	return lagging(status, w.args.Host), nil
}

// caughtUp is the lag that a member may have before the next one is touched.
const caughtUp = 2 * time.Second

// lagging is why the member cannot yet stand in for another, "" if it can.
//
// Without a majority there can be no primary to catch up with: then it is
// enough that the member serves, or a set whose members were all lost could
// never be started again one by one.
func lagging(status mongoadmin.SetStatus, host string) string {
	self, ok := status.Member(host)
	if !ok {
		return "waiting to be a member of " + status.Set
	}
	if !self.State.Ready() {
		return fmt.Sprintf("is %s, waiting for SECONDARY", self.State)
	}
	up, undecided := 0, 0
	for _, m := range status.Members {
		switch m.State {
		case mongoadmin.StateDown:
		case mongoadmin.StateUnknown, mongoadmin.StateStartup:
			undecided++
		default:
			up++
		}
	}
	majority := len(status.Members)/2 + 1
	switch {
	case status.Primary() == "" && up+undecided >= majority:
		return fmt.Sprintf("%s: waiting for a primary, %d of %d answer", status.Set, up, len(status.Members))
	case self.Lag > caughtUp:
		return fmt.Sprintf("is %s, %s behind", self.State, self.Lag)
	}
	return ""
}

// otherSet is the refusal of a member that has another set's configuration.
func otherSet(host, container, has, wants string) error {
	return fmt.Errorf("%s already belongs to the replica set %s, not %s: the volume of container %s holds another set's data; "+
		"give the container the right volume, or remove that one if its data is not needed", host, has, wants, container)
}

// Read sees whether the container is there, is the one that was waited for, and
// serves.
func (n *Node) Read(ctx context.Context, req infer.ReadRequest[NodeArgs, NodeState]) (infer.ReadResponse[NodeArgs, NodeState], error) {
	resp := infer.ReadResponse[NodeArgs, NodeState](req)
	clients, err := n.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	container, err := clients.state(ctx, req.Inputs.Container)
	if errors.Is(err, dockerhost.ErrNoContainer) {
		resp.ID = ""
		return resp, nil
	}
	if err != nil {
		return resp, err
	}
	resp.Inputs.ContainerID, resp.State.ContainerID = container.ID, container.ID
	w := nodeWait{Clients: clients, args: resp.Inputs}
	reason, err := clients.through(w.endpoint(), w.ask)(ctx)
	if err != nil {
		reason = err.Error()
	}
	if misfits := resp.Inputs.misfits(container); len(misfits) > 0 { // which explains the rest
		reason = fmt.Sprintf("container %s %s", req.Inputs.Container, strings.Join(misfits, ", "))
	}
	if reason != "" {
		return resp, unhealthy("%s: %s", req.Inputs.Host, reason)
	}
	resp.State.ServerVersion, err = clients.Admin.Version(ctx, w.endpoint())
	return resp, err
}

// unhealthy keeps the resource in the state, shows why it is not as it should
// be, and has the next run update it.
func unhealthy(format string, args ...any) error {
	return infer.ResourceInitFailedError{Reasons: []string{fmt.Sprintf(format, args...)}}
}
