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

// stateServing is the state of every Node whose mongod serves. Whether it is
// PRIMARY or SECONDARY is not part of the state: that changes by itself, and a
// refresh would show it as drift.
const stateServing = "serving"

// Annotate describes the resource.
func (n *Node) Annotate(a infer.Annotator) {
	a.Describe(&n, "A mongod that answers and, once it belongs to a replica set, is PRIMARY or SECONDARY and caught up. "+
		"If each container depends on the Node before it, changes are rolled out to one member at a time.")
}

// Annotate describes the inputs.
func (args *NodeArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Host, `Host and port by which the cluster knows it, such as "shard1-node1:27017".`)
	a.Describe(&args.ReplicaSet, "Name of the replica set of which it is, or will be, a member.")
}

// Annotate describes the outputs.
func (s *NodeState) Annotate(a infer.Annotator) {
	a.Describe(&s.State, `Always "serving".`)
	a.Describe(&s.ServerVersion, `Version of the mongod, such as "6.0.27".`)
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

// joinGrace is how long a mongod that was a member before may take to learn its set
// configuration. If it lost its data, the other members send it the configuration
// with their next heartbeats.
const joinGrace = 5 * time.Second

// Update waits for the mongod again.
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
	if err := clients.repairDrift(ctx, args.ContainerArgs); err != nil {
		return state, err
	}
	grace = min(grace, time.Duration(args.TimeoutSeconds)*time.Second/2)
	w := nodeWait{Clients: clients, args: args, graceUntil: time.Now().Add(grace)}
	err = wait(ctx, args.Host, pollInterval, clients.withContainerCheck(w.endpoint(), w.poll))
	if errors.Is(err, errGaveUp) {
		err = clients.withLog(ctx, args.Container, err)
	}
	if err != nil {
		return state, args.explain(err)
	}
	state.ServerVersion, err = clients.Admin.Version(ctx, w.endpoint())
	return state, err
}

// nodeWait is one wait for a mongod.
type nodeWait struct {
	Clients
	args       NodeArgs
	graceUntil time.Time // until then a mongod without a set configuration does not count as ready
}

func (w *nodeWait) endpoint() mongoadmin.Endpoint {
	return mongoadmin.Endpoint{Host: w.args.Host, Container: w.args.Container}
}

func (w *nodeWait) poll(ctx context.Context) (string, error) {
	hello, err := w.Admin.Hello(ctx, w.endpoint())
	if err != nil {
		return "", err
	}
	switch {
	case hello.Router:
		return "", fmt.Errorf("container %s runs a mongos, where a member of %s is expected", w.args.Container, w.args.ReplicaSet)
	case hello.Set == "":
		if time.Now().Before(w.graceUntil) {
			return "waiting to hear from " + w.args.ReplicaSet, nil
		}
		return "", nil
	case hello.Set != w.args.ReplicaSet:
		return "", wrongSetError(w.args.Host, w.args.Container, hello.Set, w.args.ReplicaSet)
	}
	status, err := w.Admin.SetStatus(ctx, w.endpoint())
	if err != nil {
		return "", err
	}
	return notReadyReason(status, w.args.Host), nil
}

// maxLag is the replication lag up to which a member counts as caught up.
const maxLag = 2 * time.Second

// notReadyReason returns why the member is not yet caught up, so that the next one
// must not be replaced. It is "" if the member is.
//
// Without a majority there can be no primary to catch up with. Then it is enough
// that the member serves. Otherwise a set whose containers were all lost could never
// be started again one by one.
func notReadyReason(status mongoadmin.SetStatus, host string) string {
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
	case self.Lag > maxLag:
		return fmt.Sprintf("is %s, %s behind", self.State, self.Lag)
	}
	return ""
}

// wrongSetError is the error for a mongod that has the configuration of another set.
func wrongSetError(host, container, has, wants string) error {
	return fmt.Errorf("%s already belongs to the replica set %s, not %s: the volume of container %s holds another set's data; "+
		"give the container the right volume, or remove that volume if its data is not needed", host, has, wants, container)
}

// Read checks whether the container exists, is still the one that was waited for,
// and serves.
func (n *Node) Read(ctx context.Context, req infer.ReadRequest[NodeArgs, NodeState]) (infer.ReadResponse[NodeArgs, NodeState], error) {
	resp := infer.ReadResponse[NodeArgs, NodeState](req)
	clients, err := n.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := reading(ctx)
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
	reason, err := clients.withContainerCheck(w.endpoint(), w.poll)(ctx)
	if err != nil {
		reason = err.Error()
	}
	if drift := resp.Inputs.drift(container); len(drift) > 0 { // probably the cause of what poll found
		reason = fmt.Sprintf("container %s %s", req.Inputs.Container, strings.Join(drift, ", "))
	}
	if reason != "" {
		return resp, initFailed("%s: %s", req.Inputs.Host, reason)
	}
	resp.State.ServerVersion, err = clients.Admin.Version(ctx, w.endpoint())
	return resp, err
}

// initFailed returns the error with which Pulumi keeps the resource in the state,
// reports why it is not healthy, and updates it in the next run.
func initFailed(format string, args ...any) error {
	return infer.ResourceInitFailedError{Reasons: []string{fmt.Sprintf(format, args...)}}
}
