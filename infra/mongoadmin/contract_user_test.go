package mongoadmin_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/mongoadmin"
	"speedscale/internal/testenv"
)

func TestUserContractFake(t *testing.T) {
	t.Parallel()
	c := fakeCluster()
	userContract(t, c, c.mongods(t, 1, "c1")[0])
}

// key is that of a keyfile; mongod takes no shorter ones than 6 characters.
var key = strings.Repeat("Key1", 16)

func TestUserContractReal(t *testing.T) {
	t.Parallel()
	onEachRelease(t, func(t *testing.T, r testenv.Release) {
		for name, keys := range map[string][]string{"open": nil, "one key": {key}, "two keys": {"another" + key, key}} {
			t.Run(name, func(t *testing.T) {
				admin := mongoadmin.NewMongo(mongoadmin.TCP, withKeys(keys...))
				t.Cleanup(func() { require.NoError(t, admin.Close()) })
				userContract(t, cluster{admin: admin, version: r.Version}, start(t, r, 1, append([]string{"--replSet", "c1"}, keyfile(t, keys)...)...)[0])
			})
		}
	})
}

func withKeys(keys ...string) mongoadmin.ReadFile {
	return func(_ context.Context, _, path string) ([]byte, error) {
		if len(keys) == 0 || path != mongoadmin.KeyfilePath {
			return nil, fs.ErrNotExist
		}
		return []byte("- " + strings.Join(keys, "\n- ") + "\n"), nil
	}
}

// keyfile returns the options of a mongod with the last of the keys.
func keyfile(t *testing.T, keys []string) []string {
	if len(keys) == 0 {
		return nil
	}
	path := filepath.Join(t.TempDir(), "keyfile")
	require.NoError(t, os.WriteFile(path, []byte(keys[len(keys)-1]), 0o400))
	return []string{"--keyFile", path, "--setParameter", "enableLocalhostAuthBypass=false"}
}

// userContract is what every UserAdmin does, on a member that has no set yet.
func userContract(t *testing.T, c cluster, member mongoadmin.Endpoint) {
	ctx := t.Context()
	require.NoError(t, c.admin.Initiate(ctx, member, mongoadmin.SetConfig{Name: "c1", Members: []mongoadmin.Member{{Host: member.Host, Priority: 1, Votes: 1}}}))
	eventually(t, func() string {
		if hello, err := c.admin.Hello(ctx, member); err != nil || !hello.Writable {
			return fmt.Sprintf("no primary: %+v, %v", hello, err)
		}
		return ""
	})
	_, err := c.admin.UserRoles(ctx, member, "gateway")
	require.ErrorIs(t, err, mongoadmin.ErrNoUser)
	require.ErrorIs(t, c.admin.LogIn(ctx, member, "gateway", "secret1"), mongoadmin.ErrLogin)

	roles := []mongoadmin.Role{{Name: "readWrite", Database: "speedscale"}, {Name: "clusterMonitor", Database: "admin"}}
	gateway := mongoadmin.User{Name: "gateway", Password: "secret1", Roles: roles}
	require.NoError(t, c.admin.SetUser(ctx, member, gateway))
	require.NoError(t, c.admin.LogIn(ctx, member, "gateway", "secret1"))
	require.ErrorIs(t, c.admin.LogIn(ctx, member, "gateway", "secret2"), mongoadmin.ErrLogin)
	found, err := c.admin.UserRoles(ctx, member, "gateway")
	require.NoError(t, err)
	require.Equal(t, mongoadmin.SortRoles(roles), found)

	gateway.Password, gateway.Roles = "secret2", roles[:1]
	require.NoError(t, c.admin.SetUser(ctx, member, gateway), "a user who exists is changed")
	require.NoError(t, c.admin.LogIn(ctx, member, "gateway", "secret2"))
	require.ErrorIs(t, c.admin.LogIn(ctx, member, "gateway", "secret1"), mongoadmin.ErrLogin)
	found, err = c.admin.UserRoles(ctx, member, "gateway")
	require.NoError(t, err)
	require.Equal(t, roles[:1], found)

	require.NoError(t, c.admin.DropUser(ctx, member, "gateway"))
	require.NoError(t, c.admin.DropUser(ctx, member, "gateway"), "a user who is gone is no error")
	require.ErrorIs(t, c.admin.LogIn(ctx, member, "gateway", "secret2"), mongoadmin.ErrLogin)
}

// Whoever has another key gets no connection, and is told why.
func TestAWrongKeyIsNamed(t *testing.T) {
	t.Parallel()
	member := start(t, testenv.Default(t), 1, append([]string{"--replSet", "c1"}, keyfile(t, []string{key})...)...)[0]
	admin := mongoadmin.NewMongo(mongoadmin.TCP, withKeys("another"+key))
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	_, err := admin.SetStatus(t.Context(), member)
	require.ErrorIs(t, err, mongoadmin.ErrUnreachable)
	require.ErrorContains(t, err, "log in with the keyfile: wrong name or password")
	require.NotContains(t, err.Error(), key)
}
