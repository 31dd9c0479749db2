package provider

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/mongoadmin"
)

// ReplicaSet makes a replica set of mongods and keeps its members and settings
// as declared.
type ReplicaSet struct{ connect Connect }

// ReplicaSetArgs are a ReplicaSet's inputs.
type ReplicaSetArgs struct {
	Name           string    `pulumi:"name" provider:"replaceOnChanges"`
	ConfigServer   bool      `pulumi:"configServer,optional" provider:"replaceOnChanges"`
	Members        []Member  `pulumi:"members"`
	Settings       *Settings `pulumi:"settings,optional"`
	TimeoutSeconds int       `pulumi:"timeoutSeconds,optional"`
}

// Member is a member of a replica set, as an input. It repeats Endpoint's
// fields, since the schema knows no embedding of named types.
type Member struct {
	Host      string   `pulumi:"host"`
	Container string   `pulumi:"container"`
	Priority  *float64 `pulumi:"priority,optional"`
	Votes     *int     `pulumi:"votes,optional"`
	Hidden    *bool    `pulumi:"hidden,optional"`
}

// Settings are a replica set's settings, as an input.
type Settings struct {
	ElectionTimeoutMillis   *int `pulumi:"electionTimeoutMillis,optional"`
	HeartbeatIntervalMillis *int `pulumi:"heartbeatIntervalMillis,optional"`
	CatchUpTimeoutMillis    *int `pulumi:"catchUpTimeoutMillis,optional"`
}

// ReplicaSetState is a ReplicaSet's outputs.
type ReplicaSetState struct{ ReplicaSetArgs }

// Annotate describes the resource.
func (r *ReplicaSet) Annotate(a infer.Annotator) {
	a.Describe(&r, "A replica set with a primary that takes writes and all members serving. Members are added and removed one voter "+
		"at a time. Deleting it leaves the data and the configuration in the members' volumes.")
}

// Annotate describes the inputs.
func (args *ReplicaSetArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Name, "Name of the set, as its mongods have it in --replSet.")
	a.Describe(&args.ConfigServer, "It is the cluster's config server set.")
	a.Describe(&args.Members, "The members, at most 50, of which at most 7 vote.")
	a.Describe(&args.Settings, "How the members watch each other.")
	a.Describe(&args.TimeoutSeconds, "How long making or changing the set may take, in seconds: new members copy all data first.")
	a.SetDefault(&args.TimeoutSeconds, 600)
}

// Annotate describes the inputs.
func (m *Member) Annotate(a infer.Annotator) {
	a.Describe(&m.Host, `Host and port by which the cluster knows it, "shard1-node1:27017".`)
	a.Describe(&m.Container, "Name of the Docker container through which it is reached.")
	a.Describe(&m.Priority, "Preference in elections, 0 (never primary) to 1000.")
	a.Describe(&m.Votes, "1 or 0; without a vote the priority must be 0.")
	a.Describe(&m.Hidden, "Not shown to clients; the priority must be 0.")
	a.SetDefault(&m.Priority, 1.0)
	a.SetDefault(&m.Votes, 1)
	a.SetDefault(&m.Hidden, false)
}

// Annotate describes the inputs.
func (s *Settings) Annotate(a infer.Annotator) {
	a.Describe(&s.ElectionTimeoutMillis, "How long a primary may be silent before another is elected, in milliseconds.")
	a.Describe(&s.HeartbeatIntervalMillis, "How often members ask each other, in milliseconds.")
	a.Describe(&s.CatchUpTimeoutMillis, "How long a new primary may wait to hear from all members whether it has missed something, before it takes writes, in milliseconds; -1 has no limit.")
	a.SetDefault(&s.ElectionTimeoutMillis, mongoadmin.DefaultElectionTimeoutMillis)
	a.SetDefault(&s.HeartbeatIntervalMillis, mongoadmin.DefaultHeartbeatIntervalMillis)
	a.SetDefault(&s.CatchUpTimeoutMillis, mongoadmin.DefaultCatchUpTimeoutMillis)
}

// config is the declared configuration.
func (args ReplicaSetArgs) config() mongoadmin.SetConfig {
	config := mongoadmin.SetConfig{Name: args.Name, ConfigServer: args.ConfigServer}
	for i, m := range args.Members {
		member := mongoadmin.Member{ID: i, Host: m.Host, Priority: or(m.Priority, 1), Votes: or(m.Votes, 1), Hidden: or(m.Hidden, false)}
		config.Members = append(config.Members, member)
	}
	if s := args.Settings; s != nil {
		config.Settings = mongoadmin.Settings{
			ElectionTimeoutMillis:   or(s.ElectionTimeoutMillis, 0),
			HeartbeatIntervalMillis: or(s.HeartbeatIntervalMillis, 0),
			CatchUpTimeoutMillis:    or(s.CatchUpTimeoutMillis, 0),
		}.Canonical()
	}
	return config
}

func or[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
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
		// Written out like every default, so that a refresh shows a change made
		// by hand as one from a value to another.
		args.Settings = settingsOf(mongoadmin.Settings{})
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

// Create makes the set, or takes over one that the members already are.
func (r *ReplicaSet) Create(ctx context.Context, req infer.CreateRequest[ReplicaSetArgs]) (infer.CreateResponse[ReplicaSetState], error) {
	resp := infer.CreateResponse[ReplicaSetState]{ID: req.Inputs.Name, Output: ReplicaSetState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	touched, err := r.converge(ctx, req.Inputs, nil)
	if err != nil && touched {
		return resp, unhealthy("%s", err)
	}
	return resp, err
}

// Update brings the set from what it is to what is declared.
func (r *ReplicaSet) Update(ctx context.Context, req infer.UpdateRequest[ReplicaSetArgs, ReplicaSetState]) (infer.UpdateResponse[ReplicaSetState], error) {
	resp := infer.UpdateResponse[ReplicaSetState]{Output: ReplicaSetState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	// A failed update keeps the old state, and with it the members that are yet
	// to be removed; the next run reads the real state and goes on from there.
	_, err := r.converge(ctx, req.Inputs, req.State.endpoints())
	return resp, err
}

// converge says besides its error whether it changed anything.
func (r *ReplicaSet) converge(ctx context.Context, args ReplicaSetArgs, former []mongoadmin.Endpoint) (touched bool, err error) {
	clients, err := r.connect()
	if err != nil {
		return false, err
	}
	ctx, cancel := deadline(ctx, args.TimeoutSeconds)
	defer cancel()
	work := newSetWork(clients, args.config(), args.endpoints(), former)
	err = work.converge(ctx)
	return work.touched, err
}

// Read sees the configuration that the members have.
func (r *ReplicaSet) Read(ctx context.Context, req infer.ReadRequest[ReplicaSetArgs, ReplicaSetState]) (infer.ReadResponse[ReplicaSetArgs, ReplicaSetState], error) {
	resp := infer.ReadResponse[ReplicaSetArgs, ReplicaSetState](req)
	clients, err := r.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	work := newSetWork(clients, req.Inputs.config(), req.Inputs.endpoints(), req.State.endpoints())
	seen := work.survey(ctx)
	switch {
	case seen.refusal != nil:
		return resp, unhealthy("%s", seen.refusal)
	case !seen.exists && len(seen.silent) == 0:
		resp.ID = "" // every member says that it has no configuration
		return resp, nil
	case !seen.exists:
		return resp, unhealthy("%s: no member tells of its configuration: %s", req.Inputs.Name, seen.reason())
	}
	resp.Inputs = declared(req.Inputs, seen.config)
	resp.State = ReplicaSetState{resp.Inputs}
	status, err := clients.Admin.SetStatus(ctx, seen.at)
	if err != nil {
		return resp, unhealthy("%s: %s", req.Inputs.Name, err)
	}
	if reason := unsettled(status, seen.config); reason != "" {
		return resp, unhealthy("%s: %s", req.Inputs.Name, reason)
	}
	return resp, nil
}

// declared is the real configuration as inputs: in the order of the
// declaration, with what it does not know of at the end.
func declared(args ReplicaSetArgs, config mongoadmin.SetConfig) ReplicaSetArgs {
	known := map[string]bool{}
	var members []Member
	for _, m := range args.Members {
		known[m.Host] = true
		if real, ok := config.Member(m.Host); ok {
			members = append(members, declaredMember(m.Container, real))
		}
	}
	for _, real := range config.Members {
		if !known[real.Host] {
			members = append(members, declaredMember("", real))
		}
	}
	args.Members, args.ConfigServer, args.Settings = members, config.ConfigServer, settingsOf(config.Settings)
	return args
}

func declaredMember(container string, real mongoadmin.Member) Member {
	return Member{Host: real.Host, Container: container, Priority: &real.Priority, Votes: &real.Votes, Hidden: &real.Hidden}
}

func settingsOf(s mongoadmin.Settings) *Settings {
	s = s.Explicit()
	return &Settings{
		ElectionTimeoutMillis: &s.ElectionTimeoutMillis, HeartbeatIntervalMillis: &s.HeartbeatIntervalMillis, CatchUpTimeoutMillis: &s.CatchUpTimeoutMillis,
	}
}
