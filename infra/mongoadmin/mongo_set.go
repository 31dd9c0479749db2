package mongoadmin

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// SetStatus is described at SetAdmin.
func (m *Mongo) SetStatus(ctx context.Context, at Endpoint) (SetStatus, error) {
	var reply struct {
		Set     string `bson:"set"`
		Members []struct {
			Name      string    `bson:"name"`
			State     State     `bson:"state"`
			Health    float64   `bson:"health"`
			Self      bool      `bson:"self"`
			Optime    time.Time `bson:"optimeDate"`
			Heartbeat string    `bson:"lastHeartbeatMessage"`
			Info      string    `bson:"infoMessage"`
		} `bson:"members"`
	}
	if err := m.admin(ctx, at, askTimeout, bson.D{{Key: "replSetGetStatus", Value: 1}}, &reply); err != nil {
		return SetStatus{}, notInitiated(err)
	}
	var newest time.Time
	for _, member := range reply.Members {
		if member.State == StatePrimary {
			newest = member.Optime
			break
		}
		if member.Optime.After(newest) {
			newest = member.Optime
		}
	}
	status := SetStatus{Set: reply.Set}
	for _, member := range reply.Members {
		is := MemberStatus{
			Host: member.Name, State: member.State, Self: member.Self,
			Message: firstOf(member.Heartbeat, member.Info),
		}
		// One that has never applied anything says 1970.
		if is.Applied = member.Optime.Unix() > 0; is.Applied {
			is.Lag = max(0, newest.Sub(member.Optime))
		}
		status.Members = append(status.Members, is)
	}
	return status, nil
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

func notInitiated(err error) error {
	if hasCode(err, codeNotYetInitialized) {
		return fmt.Errorf("%w (%w)", ErrNotInitiated, err)
	}
	return err
}

// wireConfig is the part of a set's configuration that is managed, as MongoDB
// spells it.
type wireConfig struct {
	ID           string       `bson:"_id"`
	Version      int          `bson:"version"`
	ConfigServer bool         `bson:"configsvr,omitempty"`
	Members      []wireMember `bson:"members"`
	Settings     wireSettings `bson:"settings"`
}

type wireMember struct {
	ID       int     `bson:"_id"`
	Host     string  `bson:"host"`
	Priority float64 `bson:"priority"`
	Votes    int     `bson:"votes"`
	Hidden   bool    `bson:"hidden"`
}

type wireSettings struct {
	ElectionTimeoutMillis   int           `bson:"electionTimeoutMillis,omitempty"`
	HeartbeatIntervalMillis int           `bson:"heartbeatIntervalMillis,omitempty"`
	CatchUpTimeoutMillis    int           `bson:"catchUpTimeoutMillis,omitempty"`
	ReplicaSetID            bson.ObjectID `bson:"replicaSetId,omitempty"`
}

// SetConfig is described at SetAdmin.
func (m *Mongo) SetConfig(ctx context.Context, at Endpoint) (SetConfig, error) {
	var reply struct {
		Config wireConfig `bson:"config"`
	}
	if err := m.admin(ctx, at, askTimeout, bson.D{{Key: "replSetGetConfig", Value: 1}}, &reply); err != nil {
		return SetConfig{}, notInitiated(err)
	}
	w := reply.Config
	config := SetConfig{
		Name: w.ID, Version: w.Version, ConfigServer: w.ConfigServer, ID: w.Settings.ReplicaSetID.Hex(),
		Settings: Settings{w.Settings.ElectionTimeoutMillis, w.Settings.HeartbeatIntervalMillis, w.Settings.CatchUpTimeoutMillis}.Canonical(),
	}
	for _, member := range w.Members {
		config.Members = append(config.Members, Member(member))
	}
	return config, nil
}

// Initiate is described at SetAdmin.
func (m *Mongo) Initiate(ctx context.Context, at Endpoint, config SetConfig) error {
	wire := wireConfig{ID: config.Name, Version: 1, ConfigServer: config.ConfigServer}
	for _, member := range config.Members {
		wire.Members = append(wire.Members, wireMember(member))
	}
	wire.Settings.ElectionTimeoutMillis = config.Settings.ElectionTimeoutMillis
	wire.Settings.HeartbeatIntervalMillis = config.Settings.HeartbeatIntervalMillis
	wire.Settings.CatchUpTimeoutMillis = config.Settings.CatchUpTimeoutMillis
	return m.admin(ctx, at, orderTimeout, bson.D{{Key: "replSetInitiate", Value: wire}}, nil)
}

// StepUp is described at SetAdmin.
func (m *Mongo) StepUp(ctx context.Context, at Endpoint) error {
	return m.admin(ctx, at, askTimeout, bson.D{{Key: "replSetStepUp", Value: 1}}, nil)
}

// stepDownFor keeps the former primary from standing again while the
// reconfiguration that removes or demotes it is under way.
const stepDownFor = 60 * time.Second

// StepDown is described at SetAdmin.
func (m *Mongo) StepDown(ctx context.Context, at Endpoint) error {
	return m.admin(ctx, at, orderTimeout, bson.D{
		{Key: "replSetStepDown", Value: int(stepDownFor.Seconds())},
		{Key: "secondaryCatchUpPeriodSecs", Value: 10},
	}, nil)
}

// DropConnections is described at SetAdmin.
func (m *Mongo) DropConnections(ctx context.Context, at Endpoint, host string) error {
	return m.admin(ctx, at, askTimeout, bson.D{{Key: "dropConnections", Value: 1}, {Key: "hostAndPort", Value: bson.A{host}}}, nil)
}

// Reconfigure is described at SetAdmin. It lays config over the document that
// the server has, so that what is not managed (tags, write concern modes, …)
// stays.
func (m *Mongo) Reconfigure(ctx context.Context, at Endpoint, config SetConfig) error {
	var reply struct {
		Config bson.D `bson:"config"`
	}
	if err := m.admin(ctx, at, askTimeout, bson.D{{Key: "replSetGetConfig", Value: 1}}, &reply); err != nil {
		return notInitiated(err)
	}
	wire, err := overlay(reply.Config, config)
	if err != nil {
		return err
	}
	return m.admin(ctx, at, orderTimeout, bson.D{{Key: "replSetReconfig", Value: wire}}, nil)
}

func overlay(current bson.D, config SetConfig) (bson.D, error) {
	version, _ := field(current, "version").(int32)
	if int(version) != config.Version {
		return nil, fmt.Errorf("%w: version %d, expected %d", ErrConfigChanged, version, config.Version)
	}
	current = with(current, "version", version+1)

	old := map[int32]bson.D{}
	if members, ok := field(current, "members").(bson.A); ok {
		for _, entry := range members {
			if member, ok := entry.(bson.D); ok {
				id, _ := field(member, "_id").(int32)
				old[id] = member
			}
		}
	}
	members := bson.A{}
	for _, m := range config.Members {
		member := old[int32(m.ID)] //nolint:gosec // a set has at most 50 members, ids are small
		member = with(member, "_id", m.ID)
		member = with(member, "host", m.Host)
		member = with(member, "priority", m.Priority)
		member = with(member, "votes", m.Votes)
		members = append(members, with(member, "hidden", m.Hidden))
	}
	current = with(current, "members", members)

	settings, _ := field(current, "settings").(bson.D)
	settings = setting(settings, "electionTimeoutMillis", config.Settings.ElectionTimeoutMillis)
	settings = setting(settings, "heartbeatIntervalMillis", config.Settings.HeartbeatIntervalMillis)
	settings = setting(settings, "catchUpTimeoutMillis", config.Settings.CatchUpTimeoutMillis)
	return with(current, "settings", settings), nil
}

func field(doc bson.D, key string) any {
	for _, e := range doc {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

// with is doc with key set to value; doc itself is left as it is.
func with(doc bson.D, key string, value any) bson.D {
	out := make(bson.D, 0, len(doc)+1)
	found := false
	for _, e := range doc {
		if e.Key == key {
			e.Value, found = value, true
		}
		out = append(out, e)
	}
	if !found {
		out = append(out, bson.E{Key: key, Value: value})
	}
	return out
}

// setting is with, but zero takes the key away, which brings the server's
// default back.
func setting(doc bson.D, key string, millis int) bson.D {
	if millis != 0 {
		return with(doc, key, millis)
	}
	var out bson.D
	for _, e := range doc {
		if e.Key != key {
			out = append(out, e)
		}
	}
	return out
}
