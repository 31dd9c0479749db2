package cluster

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/internal/testenv"
)

// The servers' replies to hello show which compressors the flag enables.
func TestCompressorsOfAGenuineMongod(t *testing.T) {
	for _, r := range testenv.Releases(t) {
		t.Run(r.Version, func(t *testing.T) {
			t.Parallel()
			p := r.Mongod(t, "--networkMessageCompressors", compressors)
			client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + p.Addr() + "/?directConnection=true"))
			require.NoError(t, err)
			defer func() { require.NoError(t, client.Disconnect(t.Context())) }()
			for asked, want := range map[string][]string{"zlib": nil, "snappy": {"snappy"}, "zstd": {"zstd"}} {
				var hello struct {
					Compression []string `bson:"compression"`
				}
				command := bson.D{{Key: "hello", Value: 1}, {Key: "compression", Value: bson.A{asked}}}
				require.NoError(t, client.Database("admin").RunCommand(t.Context(), command).Decode(&hello))
				require.Equal(t, want, hello.Compression, asked)
			}
		})
	}
}
