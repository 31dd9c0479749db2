package testenv

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// ReplicaSet starts mongods with args as a replica set, and waits until it has a
// primary and the others follow it.
func ReplicaSet(t testing.TB, name string, members int, args ...string) []*Process {
	t.Helper()
	var set []*Process
	var list bson.A
	for i := range members {
		p := Mongod(t, append([]string{"--replSet", name}, args...)...)
		set = append(set, p)
		list = append(list, bson.D{{Key: "_id", Value: i}, {Key: "host", Value: p.Addr()}})
	}
	config := bson.D{
		{Key: "_id", Value: name},
		{Key: "members", Value: list},
		{Key: "settings", Value: bson.D{{Key: "electionTimeoutMillis", Value: 2000}, {Key: "heartbeatIntervalMillis", Value: 500}}},
	}
	if slices.Contains(args, "--configsvr") {
		config = append(config, bson.E{Key: "configsvr", Value: true})
	}
	client, err := mongo.Connect(withTLS(t, asMember(t, options.Client().ApplyURI("mongodb://"+set[0].Addr()).SetDirect(true), args), args))
	if err != nil {
		t.Fatalf("connect to %s: %v", name, err)
	}
	defer func() { _ = client.Disconnect(context.Background()) }()
	admin := client.Database("admin")
	if err := admin.RunCommand(context.Background(), bson.D{{Key: "replSetInitiate", Value: config}}).Err(); err != nil {
		t.Fatalf("initiate %s: %v", name, err)
	}
	set[0].waitFor(t, name, func(ctx context.Context) error { return Whole(ctx, admin, members) })
	return set
}

// Whole is nil when one member leads and all others follow.
func Whole(ctx context.Context, admin *mongo.Database, members int) error {
	var status struct {
		Members []struct{ StateStr string } `bson:"members"`
	}
	if err := admin.RunCommand(ctx, bson.D{{Key: "replSetGetStatus", Value: 1}}).Decode(&status); err != nil {
		return err
	}
	states := map[string]int{}
	for _, m := range status.Members {
		states[m.StateStr]++
	}
	if states["PRIMARY"] != 1 || states["SECONDARY"] != members-1 {
		return fmt.Errorf("the members' states are %v", states)
	}
	return nil
}
