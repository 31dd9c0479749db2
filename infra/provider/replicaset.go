package provider

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/mongoadmin"
)

// ReplicaSet initiates a replica set and keeps its members and settings as declared.
type ReplicaSet struct{ connect Connect }

// ReplicaSetArgs are a ReplicaSet's inputs.
type ReplicaSetArgs struct {
	Name           string    `pulumi:"name" provider:"replaceOnChanges"`
	ConfigServer   bool      `pulumi:"configServer,optional" provider:"replaceOnChanges"`
	Members        []Member  `pulumi:"members"`
	Settings       *Settings `pulumi:"settings,optional"`
	TimeoutSeconds int       `pulumi:"timeoutSeconds,optional"`
}

// Member is the input type for a member of a replica set. It repeats the fields of
// Endpoint, since a schema type cannot embed another one.
type Member struct {
	Host      string   `pulumi:"host"`
	Container string   `pulumi:"container"`
	Priority  *float64 `pulumi:"priority,optional"`
	Votes     *int     `pulumi:"votes,optional"`
	Hidden    *bool    `pulumi:"hidden,optional"`
}

// Settings is the input type for the settings of a replica set.
type Settings struct {
	ElectionTimeoutMillis   *int `pulumi:"electionTimeoutMillis,optional"`
	HeartbeatIntervalMillis *int `pulumi:"heartbeatIntervalMillis,optional"`
	CatchUpTimeoutMillis    *int `pulumi:"catchUpTimeoutMillis,optional"`
}

// ReplicaSetState is a ReplicaSet's outputs.
type ReplicaSetState struct{ ReplicaSetArgs }

// Annotate describes the resource.
func (r *ReplicaSet) Annotate(a infer.Annotator) {
	a.Describe(&r, "A replica set with a primary that accepts writes and with all members PRIMARY or SECONDARY. Voting members are added and removed "+
		"one at a time. Deleting the resource leaves the data and the configuration in the members' volumes.")
}

// Annotate describes the inputs.
func (args *ReplicaSetArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Name, "Name of the set, as given to its mongods with --replSet.")
	a.Describe(&args.ConfigServer, "Whether it is the cluster's config server replica set.")
	a.Describe(&args.Members, "The members, at most 50, of which at most 7 vote.")
	a.Describe(&args.Settings, "Settings for heartbeats and elections.")
	a.Describe(&args.TimeoutSeconds, "How long creating or changing the set may take, in seconds. This includes the initial sync of new members.")
	a.SetDefault(&args.TimeoutSeconds, 600)
}

// Annotate describes the inputs.
func (m *Member) Annotate(a infer.Annotator) {
	a.Describe(&m.Host, `Host and port by which the cluster knows it, such as "shard1-node1:27017".`)
	a.Describe(&m.Container, "Name of the Docker container in which it runs, and through which the provider reaches it.")
	a.Describe(&m.Priority, "Priority in elections, 0 (never primary) to 1000.")
	a.Describe(&m.Votes, "Votes in elections, 1 or 0; a member without a vote must have priority 0.")
	a.Describe(&m.Hidden, "Whether the member is hidden from clients; a hidden member must have priority 0.")
	a.SetDefault(&m.Priority, 1.0)
	a.SetDefault(&m.Votes, 1)
	a.SetDefault(&m.Hidden, false)
}

// Annotate describes the inputs.
func (s *Settings) Annotate(a infer.Annotator) {
	a.Describe(&s.ElectionTimeoutMillis, "How long members wait for a primary that does not answer before they elect another, in milliseconds.")
	a.Describe(&s.HeartbeatIntervalMillis, "Time between heartbeats, in milliseconds.")
	a.Describe(&s.CatchUpTimeoutMillis, "How long a newly elected primary may wait to hear from all members whether it is missing writes, before it accepts new ones, in milliseconds; -1: no limit.")
	a.SetDefault(&s.ElectionTimeoutMillis, mongoadmin.DefaultElectionTimeoutMillis)
	a.SetDefault(&s.HeartbeatIntervalMillis, mongoadmin.DefaultHeartbeatIntervalMillis)
	a.SetDefault(&s.CatchUpTimeoutMillis, mongoadmin.DefaultCatchUpTimeoutMillis)
}

// config returns the declared configuration.
func (args ReplicaSetArgs) config() mongoadmin.SetConfig {
	config := mongoadmin.SetConfig{Name: args.Name, ConfigServer: args.ConfigServer}
	for i, m := range args.Members {
		member := mongoadmin.Member{ID: i, Host: m.Host, Priority: orDefault(m.Priority, 1), Votes: orDefault(m.Votes, 1), Hidden: orDefault(m.Hidden, false)}
		config.Members = append(config.Members, member)
	}
	if s := args.Settings; s != nil {
		config.Settings = mongoadmin.Settings{
			ElectionTimeoutMillis:   orDefault(s.ElectionTimeoutMillis, 0),
			HeartbeatIntervalMillis: orDefault(s.HeartbeatIntervalMillis, 0),
			CatchUpTimeoutMillis:    orDefault(s.CatchUpTimeoutMillis, 0),
		}.Canonical()
	}
	return config
}

func orDefault[T any](value *T, fallback T) T {
	if value == nil {
		return fallback
	}
	return *value
}

func (args ReplicaSetArgs) endpoints() []mongoadmin.Endpoint {
	var list []mongoadmin.Endpoint
	for _, m := range args.Members {
		list = append(list, mongoadmin.Endpoint{Host: m.Host, Container: m.Container})
	}
	return list
}

// Check reports every mistake in the inputs.
func (r *ReplicaSet) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[ReplicaSetArgs], error) {
	args, failures, err := infer.DefaultCheck[ReplicaSetArgs](ctx, req.NewInputs)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[ReplicaSetArgs]{Inputs: args, Failures: failures}, err
	}
	if args.Settings == nil {
		// Defaults are written out, so that a refresh shows a change made by hand
		// as a change from one value to another.
		args.Settings = settingsInput(mongoadmin.Settings{})
	}
	var c checks
	c.timeout(args.TimeoutSeconds)
	for i, m := range args.Members {
		c.host(fmt.Sprintf("members[%d].host", i), m.Host)
	}
	if err := args.config().Validate(); err != nil && !req.NewInputs.Get("members").HasComputed() {
		c.add("members", "%s", err)
	}
	return infer.CheckResponse[ReplicaSetArgs]{Inputs: args, Failures: c}, nil
}

// Create initiates the set, or adopts the set that the members already form.
func (r *ReplicaSet) Create(ctx context.Context, req infer.CreateRequest[ReplicaSetArgs]) (infer.CreateResponse[ReplicaSetState], error) {
	resp := infer.CreateResponse[ReplicaSetState]{ID: req.Inputs.Name, Output: ReplicaSetState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	changed, err := r.converge(ctx, req.Inputs, nil)
	if err != nil && changed {
		return resp, initFailed("%s", err)
	}
	return resp, err
}

// Update changes the set to what is declared.
func (r *ReplicaSet) Update(ctx context.Context, req infer.UpdateRequest[ReplicaSetArgs, ReplicaSetState]) (infer.UpdateResponse[ReplicaSetState], error) {
	resp := infer.UpdateResponse[ReplicaSetState]{Output: ReplicaSetState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	// If the update fails, Pulumi keeps the old state, and with it the members that
	// still have to be removed. The next run continues from the actual state.
	_, err := r.converge(ctx, req.Inputs, req.State.endpoints())
	return resp, err
}

// converge makes the set what args declare. former are the endpoints of the members
// that the last state has. changed is also set if an error follows the change.
func (r *ReplicaSet) converge(ctx context.Context, args ReplicaSetArgs, former []mongoadmin.Endpoint) (changed bool, err error) {
	clients, err := r.connect()
	if err != nil {
		return false, err
	}
	ctx, cancel := deadline(ctx, args.TimeoutSeconds)
	defer cancel()
	work := newSetWork(clients, args.config(), args.endpoints(), former)
	err = work.converge(ctx)
	return work.changed, err
}

// Read reads the configuration that the members have.
func (r *ReplicaSet) Read(ctx context.Context, req infer.ReadRequest[ReplicaSetArgs, ReplicaSetState]) (infer.ReadResponse[ReplicaSetArgs, ReplicaSetState], error) {
	resp := infer.ReadResponse[ReplicaSetArgs, ReplicaSetState](req)
	clients, err := r.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	work := newSetWork(clients, req.Inputs.config(), req.Inputs.endpoints(), req.State.endpoints())
	seen := work.survey(ctx)
	switch {
	case seen.refusal != nil:
		return resp, initFailed("%s", seen.refusal)
	case !seen.exists && len(seen.failed) == 0:
		resp.ID = "" // every member has answered that it has no configuration
		return resp, nil
	case !seen.exists:
		return resp, initFailed("%s: no member returned its configuration: %s", req.Inputs.Name, seen.reason())
	}
	resp.Inputs = actualInputs(req.Inputs, seen.config)
	resp.State = ReplicaSetState{resp.Inputs}
	status, err := clients.Admin.SetStatus(ctx, seen.source)
	if err != nil {
		return resp, initFailed("%s: %s", req.Inputs.Name, err)
	}
	if reason := unsettledReason(status, seen.config); reason != "" {
		return resp, initFailed("%s: %s", req.Inputs.Name, reason)
	}
	return resp, nil
}

// actualInputs returns the inputs that match the actual configuration. The members
// are in the order of the declaration, followed by those that are not declared.
func actualInputs(args ReplicaSetArgs, config mongoadmin.SetConfig) ReplicaSetArgs {
	declared := map[string]bool{}
	var members []Member
	for _, m := range args.Members {
		declared[m.Host] = true
		if actual, ok := config.Member(m.Host); ok {
			members = append(members, memberInput(m.Container, actual))
		}
	}
	for _, actual := range config.Members {
		if !declared[actual.Host] {
			members = append(members, memberInput("", actual))
		}
	}
	args.Members, args.ConfigServer, args.Settings = members, config.ConfigServer, settingsInput(config.Settings)
	return args
}

func memberInput(container string, m mongoadmin.Member) Member {
	return Member{Host: m.Host, Container: container, Priority: &m.Priority, Votes: &m.Votes, Hidden: &m.Hidden}
}

func settingsInput(s mongoadmin.Settings) *Settings {
	s = s.Explicit()
	return &Settings{
		ElectionTimeoutMillis: &s.ElectionTimeoutMillis, HeartbeatIntervalMillis: &s.HeartbeatIntervalMillis, CatchUpTimeoutMillis: &s.CatchUpTimeoutMillis,
	}
}
