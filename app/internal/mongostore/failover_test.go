package mongostore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/dependency"
	"speedscale/internal/testenv"
)

// A primary that dies must cost no answer: reads go on at a secondary until
// another is elected.
func TestALostPrimaryCostsNoAnswer(t *testing.T) {
	members := map[string]*testenv.Process{}
	var hosts []string
	for _, p := range testenv.ReplicaSet(t, "rs", 3) {
		members[p.Addr()] = p
		hosts = append(hosts, p.Addr())
	}
	admin, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + hosts[0]).SetDirect(true))
	require.NoError(t, err)
	defer func() { require.NoError(t, admin.Disconnect(context.Background())) }()
	lost := primary(t, admin)
	others := slices.DeleteFunc(slices.Clone(hosts), func(host string) bool { return host == lost })

	s, err := Open("mongodb://"+strings.Join(hosts, ",")+"/speedscale?replicaSet=rs", "speedscale", nil, dependency.Observer{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(context.Background())) }()
	require.NoError(t, s.EnsureIndexes(t.Context()))
	require.NoError(t, s.Insert(t.Context(), []catalog.Product{product(1, "Lamp", "Home", "Nova")}))
	inStep := func(host string) bool {
		member, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + host).SetDirect(true))
		require.NoError(t, err)
		defer func() { require.NoError(t, member.Disconnect(context.Background())) }()
		n, err := member.Database("speedscale").Collection(Collection).CountDocuments(t.Context(), bson.D{})
		return err == nil && n == 1
	}
	require.Eventually(t, func() bool { return inStep(others[0]) && inStep(others[1]) }, 10*time.Second, 50*time.Millisecond)

	members[lost].Stop()
	survivor, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + others[0]).SetDirect(true))
	require.NoError(t, err)
	defer func() { require.NoError(t, survivor.Disconnect(context.Background())) }()
	deadline := time.Now().Add(30 * time.Second)
	for elected := false; !elected; {
		require.Equal(t, []string{"Lamp"}, patiently(t, s, "lamp"))
		require.True(t, time.Now().Before(deadline), "nobody was elected")
		now := primary(t, survivor)
		elected = now != "" && now != lost
	}
	require.Equal(t, []string{"Lamp"}, names(t, s, "lamp", catalog.Page{Number: 1, Size: 20}))
}

// patiently searches as the cache does: it asks again where the store says that it is away
// for a moment only.
func patiently(t *testing.T, s *Store, query string) []string {
	t.Helper()
	for {
		found, err := s.Search(t.Context(), catalog.NewPlan(catalog.ParseQuery(query).Words(), unknown{}), catalog.Page{Number: 1, Size: 20})
		if !errors.Is(err, catalog.ErrMoment) {
			require.NoError(t, err)
			return namesOf(found.Products)
		}
	}
}

func primary(t *testing.T, member *mongo.Client) string {
	t.Helper()
	var hello struct{ Primary string }
	require.NoError(t, member.Database("admin").RunCommand(t.Context(), bson.D{{Key: "hello", Value: 1}}).Decode(&hello))
	return hello.Primary
}
