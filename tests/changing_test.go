package tests

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/infra/status"
)

// TestAStackChanges deploys one more stack, with images from a registry as most
// people have it, and takes it through what an operator does to it, and what
// others do behind the operator's back.
func TestAStackChanges(t *testing.T) {
	beside(t)
	s := &changing{name: "tests-changing", official: officialImages(t)}
	volumes := allVolumes(t, s.name)
	t.Cleanup(func() {
		s.write(t)
		out, err := onStack(s.name, nil, "destroy")
		require.NoError(t, err, out)
		require.NoError(t, os.Remove(s.file()))
		require.Equal(t, volumes, allVolumes(t, s.name), "volumes after destroy")
	})
	s.up(t, defaultConfigServers)
	s.seeded(t)
	require.Len(t, allVolumes(t, s.name), len(volumes)+9)
	t.Run("official", s.asOfficial)
	t.Run("scale", s.scale)
	t.Run("change", s.change)
	t.Run("drift", s.drift)
	require.Len(t, allVolumes(t, s.name), len(volumes)+7, "volumes without a name were left behind")
}

// changing is a stack whose settings file is written again and again.
type changing struct {
	name     string
	official official
}

// The settings that a test changes come after these.
const changingSettings = `config:
  speedscale:rateLimit: "0"
  speedscale:ports: {mongos: 17217, redis: 16579, insight: 18201, redisUi: 18281, gateway: 18200, frontend: 13200}
`

func (s *changing) file() string { return filepath.Join(root(), "Pulumi."+s.name+".yaml") }

// defaultConfigServers are as many as a stack has by default; most tests here take
// one, to be quick.
const defaultConfigServers = "configServers: 3"

// write writes the settings file: two shards of three members and one config
// server, unless a line of changed says otherwise.
func (s *changing) write(t *testing.T, changed ...string) {
	t.Helper()
	lines := map[string]string{"configServers": "1", "images": "registry", "imageRefs": s.official.refs(s.official.mongo)}
	for _, line := range changed {
		name, value, _ := strings.Cut(line, ": ")
		lines[name] = value
	}
	text := changingSettings
	for name, value := range lines {
		text += fmt.Sprintf("  speedscale:%s: %s\n", name, value)
	}
	require.NoError(t, os.WriteFile(s.file(), []byte(text), 0o600))
}

// up brings the stack to the changed settings, and logs how long it took. More
// is for the command.
func (s *changing) up(t *testing.T, changed ...string) string {
	t.Helper()
	s.write(t, changed...)
	start := time.Now()
	out, err := onStack(s.name, nil, "up", "--refresh")
	require.NoError(t, err, out)
	told := slices.DeleteFunc(changed, func(line string) bool { return strings.HasPrefix(line, "imageRefs: ") }) // too long
	t.Logf("up with %v: %s", told, time.Since(start).Round(100*time.Millisecond))
	return out
}

// preview is the rows of a preview that tell of a change.
func (s *changing) preview(t *testing.T) (changes []string) {
	t.Helper()
	out, err := onStack(s.name, nil, "preview", "--refresh")
	require.NoError(t, err, out)
	for line := range strings.SplitSeq(out, "\n") {
		words := strings.Fields(line)
		if len(words) > 3 && slices.Contains([]string{"+", "-", "~", "+-"}, words[0]) && strings.Contains(words[1], ":index:") && !slices.Contains(words, "refresh") && !slices.Contains(words, "refreshing") {
			changes = append(changes, strings.Join(words, " "))
			t.Log(changes[len(changes)-1])
		}
	}
	return changes
}

// settled demands that nothing is left to do.
func (s *changing) settled(t *testing.T) {
	t.Helper()
	healthyStack(t, s.name)
	out, err := onStack(s.name, nil, "preview", "--refresh", "--exit-code")
	require.NoError(t, err, out)
}

func (s *changing) client(t *testing.T) *mongo.Client {
	t.Helper()
	return mongoOf(t, s.name)
}

func (s *changing) command(t *testing.T, command bson.D) bson.Raw {
	t.Helper()
	reply, err := s.client(t).Database("admin").RunCommand(t.Context(), command).Raw()
	require.NoError(t, err)
	return reply
}

func (s *changing) seeded(t *testing.T) {
	t.Helper()
	products := s.client(t).Database("speedscale").Collection("products")
	eventually(t, time.Minute, "the gateway has seeded", func() error {
		n, err := products.CountDocuments(t.Context(), bson.D{})
		if err == nil && n != documents {
			err = fmt.Errorf("%d documents", n)
		}
		return err
	})
}

// contents is the number of products, and a hash of all of them.
func (s *changing) contents(t *testing.T) (int, string) {
	t.Helper()
	cursor, err := s.client(t).Database("speedscale").Collection("products").
		Find(t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	require.NoError(t, err)
	n, hash := 0, sha256.New()
	for ; cursor.Next(t.Context()); n++ {
		_, _ = hash.Write(cursor.Current) // a hash takes everything
	}
	require.NoError(t, cursor.Err())
	return n, fmt.Sprintf("%x", hash.Sum(nil))
}

func (s *changing) status(t *testing.T) status.Report {
	t.Helper()
	return statusOf(t, s.name)
}

// members lists the members of each replica set, by the set's name, when all sets
// have answered.
func (s *changing) members(t *testing.T) map[string]int {
	t.Helper()
	members := map[string]int{}
	eventually(t, time.Minute, "all sets answer", func() error {
		var failures []error
		for _, set := range s.status(t).Sets {
			members[set.Name] = len(set.Members)
			if set.Error != "" {
				failures = append(failures, errors.New(set.Error))
			}
		}
		return errors.Join(failures...)
	})
	return members
}
