package tests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// unhealthy is what the engine adds to a row; the reason stands under Diagnostics.
const unhealthy = " warning: Refreshed resource is in an unhealthy state:"

// drift does by hand what a stack's state does not know of: the preview has a
// row for each, and one up mends them all.
func (s *changing) drift(t *testing.T) {
	count, hash := s.contents(t)
	rounds := []struct {
		name string
		do   func(t *testing.T)
		rows []string // of the preview, among others
	}{
		{"containers", func(t *testing.T) {
			docker(t, "stop", s.name+"-shard1-node3")
			docker(t, "rm", "-f", s.name+"-shard2-node3")
			again := docker(t, "inspect", "-f", "{{.Image}}", s.name+"-redis-ui")
			docker(t, "rm", "-f", s.name+"-redis-ui")
			docker(t, "run", "-d", "--name", s.name+"-redis-ui", "--label", "speedscale.stack="+s.name, "--volume", "/has-no-name", again)
			docker(t, "stop", s.name+"-frontend")
		}, []string{
			"~ docker:index:Container tests-changing-shard1-node3 update [diff: ~mustRun]",
			"+ docker:index:Container tests-changing-shard2-node3 create",
			"+ docker:index:Container tests-changing-redis-ui create",
			"+- docker:index:Container tests-changing-frontend replace [diff: +ports~mustRun]",
		}},
		{"places and limits", func(t *testing.T) {
			network := s.name + "-shard-network"
			docker(t, "network", "disconnect", network, s.name+"-shard2-node2")
			docker(t, "network", "disconnect", network, s.name+"-shard1-node2")
			docker(t, "network", "connect", network, s.name+"-shard1-node2") // without its name
			docker(t, "pause", s.name+"-redis-ui")
			docker(t, "update", "--restart", "no", "--memory", "300m", "--memory-swap", "300m", s.name+"-shard1-node3")
			docker(t, "update", "--cpus", "0.5", s.name+"-api-gateway")
			docker(t, "update", "--pids-limit", "500", s.name+"-shard1-node1")
		}, []string{
			"~ speedscale:index:Node tests-changing-shard2-node2 update" + unhealthy,
			"~ speedscale:index:Node tests-changing-shard1-node2 update" + unhealthy,
			"~ speedscale:index:Node tests-changing-shard1-node1 update" + unhealthy,
			"~ speedscale:index:Service tests-changing-redis-ui update" + unhealthy,
			"~ docker:index:Container tests-changing-shard1-node3 update [diff: ~memory,memorySwap,restart]",
			"+- docker:index:Container tests-changing-api-gateway replace [diff: -cpus]",
		}},
		{"members, balancer, index", func(t *testing.T) {
			s.reconfigure(t, "shard1ReplSet", func(members bson.A) bson.A { return members[:len(members)-1] })
			s.reconfigure(t, "shard2ReplSet", func(members bson.A) bson.A {
				for i, m := range members {
					members[i] = slices.DeleteFunc(m.(bson.D), func(e bson.E) bool { return e.Key == "priority" })
					members[i] = append(members[i].(bson.D), bson.E{Key: "priority", Value: i + 1})
				}
				return members
			})
			s.command(t, bson.D{{Key: "balancerStop", Value: 1}})
			s.dropIndexes(t)
		}, []string{
			"~ speedscale:index:ReplicaSet shard1ReplSet update [diff: ~members]",
			"~ speedscale:index:ReplicaSet shard2ReplSet update [diff: ~members]",
			"~ speedscale:index:ShardedCollection products update [diff: ~balancer]",
			"~ speedscale:index:Job indexes update [diff: -undone]",
		}},
		{"shard", s.removeShard, []string{
			"+ speedscale:index:Shard shard2ReplSet-in-cluster create",
			"~ speedscale:index:ShardedCollection products update [diff: ~shards]",
		}},
		{"network", func(t *testing.T) {
			for _, name := range lines(docker(t, "ps", "--filter", "label=speedscale.stack="+s.name, "--format", "{{.Names}}")) {
				docker(t, "network", "disconnect", "-f", s.name+"-shard-network", name)
			}
			docker(t, "network", "rm", s.name+"-shard-network")
		}, []string{"+ docker:index:Network tests-changing-shard-network create"}},
		{"a state without the network", s.forgetNetwork, []string{"+ docker:index:Network tests-changing-shard-network create"}},
	}
	for _, round := range rounds {
		t.Run(round.name, func(t *testing.T) {
			round.do(t)
			require.Subset(t, s.preview(t), round.rows)
			s.up(t)
			s.settled(t)
			nowCount, nowHash := s.contents(t)
			require.Equal(t, count, nowCount)
			require.Equal(t, hash, nowHash)
		})
	}
}

// forgetNetwork takes the network out of the state, as a refresh does that finds
// no Docker.
func (s *changing) forgetNetwork(t *testing.T) {
	pulumi := func(in []byte, args ...string) []byte {
		cmd := exec.Command(filepath.Join(root(), "bin", "pulumi"), append([]string{"--cwd", root(), "--stack", s.name, "stack"}, args...)...)
		cmd.Env = append(os.Environ(), "PULUMI_CONFIG_PASSPHRASE_FILE="+filepath.Join(root(), "Pulumi."+s.name+".passphrase"))
		cmd.Stdin = bytes.NewReader(in)
		out, err := cmd.Output()
		require.NoError(t, err, "%v", args)
		return out
	}
	var state map[string]any
	require.NoError(t, json.Unmarshal(pulumi(nil, "export"), &state))
	deployment := state["deployment"].(map[string]any)
	isNetwork := func(urn any) bool { return strings.Contains(urn.(string), "docker:index/network:Network") }
	all := deployment["resources"].([]any)
	deployment["resources"] = slices.DeleteFunc(slices.Clone(all), func(r any) bool { return isNetwork(r.(map[string]any)["urn"]) })
	for _, r := range all {
		if needs, ok := r.(map[string]any)["dependencies"].([]any); ok {
			r.(map[string]any)["dependencies"] = slices.DeleteFunc(needs, isNetwork)
		}
	}
	require.Len(t, deployment["resources"], len(all)-1)
	without, err := json.Marshal(state)
	require.NoError(t, err)
	pulumi(without, "import")
}

// direct is a client of a member, through its container's address.
func (s *changing) direct(t *testing.T, host string) *mongo.Client {
	t.Helper()
	name := s.name + "-" + strings.TrimSuffix(host, ":27017")
	address := docker(t, "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name)
	return connect(t, "mongodb://"+address+":27017/?directConnection=true", asMember(t, name))
}

func (s *changing) primary(t *testing.T, name string) string {
	t.Helper()
	for _, set := range s.status(t).Sets {
		if set.Name == name {
			return set.Primary()
		}
	}
	t.Fatalf("no set %s", name)
	return ""
}

// reconfigure changes a set's members, as somebody with mongosh would.
func (s *changing) reconfigure(t *testing.T, set string, change func(bson.A) bson.A) {
	t.Helper()
	admin := s.direct(t, s.primary(t, set)).Database("admin")
	var reply struct{ Config bson.M }
	require.NoError(t, admin.RunCommand(t.Context(), bson.D{{Key: "replSetGetConfig", Value: 1}}).Decode(&reply))
	reply.Config["version"] = reply.Config["version"].(int32) + 1
	reply.Config["members"] = change(reply.Config["members"].(bson.A))
	require.NoError(t, admin.RunCommand(t.Context(), bson.D{{Key: "replSetReconfig", Value: reply.Config}}).Err())
}

// dropIndexes drops the index that the gateway's job makes, and the one that the
// gateway makes, and sees that the gateway mends its own.
func (s *changing) dropIndexes(t *testing.T) {
	t.Helper()
	indexes := s.client(t).Database("speedscale").Collection("products").Indexes()
	require.NoError(t, indexes.DropOne(t.Context(), "pairs"))
	eventually(t, time.Minute, "the gateway makes the index of pairs again", func() error {
		specs, err := indexes.ListSpecifications(t.Context())
		if err == nil && !slices.ContainsFunc(specs, func(i mongo.IndexSpecification) bool { return i.Name == "pairs" }) {
			err = errors.New("it is not there")
		}
		return err
	})
	require.NoError(t, indexes.DropOne(t.Context(), "search"))
}

// removeShard removes the second shard, and waits for the end of it.
func (s *changing) removeShard(t *testing.T) {
	eventually(t, 2*time.Minute, "the shard is drained and removed", func() error {
		var reply struct {
			State     string
			Remaining struct{ Chunks int }
			Databases []string `bson:"dbsToMove"`
		}
		if err := bson.Unmarshal(s.command(t, bson.D{{Key: "removeShard", Value: "shard2ReplSet"}}), &reply); err != nil || reply.State == "completed" {
			return err
		}
		if reply.Remaining.Chunks == 0 {
			for _, database := range reply.Databases {
				s.command(t, bson.D{{Key: "movePrimary", Value: database}, {Key: "to", Value: "shard1ReplSet"}})
			}
		}
		return fmt.Errorf("%s, %d chunks left", reply.State, reply.Remaining.Chunks)
	})
}
