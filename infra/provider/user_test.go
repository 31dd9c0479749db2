package provider_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"speedscale/infra/mongoadmin"
	"speedscale/infra/provider"
)

func gateway() props {
	return props{
		"name": "gateway", "password": "secret1", "timeoutSeconds": 5, "members": members("c1", 3),
		"roles": []any{map[string]any{"name": "readWrite", "database": "speedscale"}},
	}
}

func configServers(t *testing.T) *engine {
	e := newEngine(t).start()
	e.mustCreate("ReplicaSet", replicaSet("c1", 3))
	e.cluster.Journal()
	return e
}

func (e *engine) logIn(password string) error {
	return e.cluster.LogIn(e.t.Context(), mongoadmin.Endpoint{Host: "c1-a:27017"}, "gateway", password)
}

func TestUserIsCreatedAndChanged(t *testing.T) {
	t.Parallel()
	e := configServers(t)
	e.cluster.Fail("SetUser", mongoadmin.ErrUnreachable)
	made := e.mustCreate("User", gateway())
	require.Equal(t, "gateway", made.ID)
	require.NoError(t, e.logIn("secret1"))
	require.Nil(t, e.read("User", made, gateway()).PartialState)

	_, err := e.update("User", made, gateway().with("password", "secret2"))
	require.NoError(t, err)
	require.NoError(t, e.logIn("secret2"))
	require.ErrorIs(t, e.logIn("secret1"), mongoadmin.ErrLogin)
	require.Equal(t, []string{"setUser gateway", "setUser gateway"}, e.cluster.Journal())
}

func TestUserReadSeesDrift(t *testing.T) {
	t.Parallel()
	e := configServers(t)
	made := e.mustCreate("User", gateway())
	change := func(user mongoadmin.User) []string {
		user.Name = "gateway"
		require.NoError(t, e.cluster.SetUser(t.Context(), mongoadmin.Endpoint{Host: "c1-a:27017"}, user))
		return e.read("User", made, gateway()).PartialState.Reasons
	}
	roles := []mongoadmin.Role{{Name: "readWrite", Database: "speedscale"}}
	require.Equal(t, []string{"user gateway: log in as gateway: wrong name or password"}, change(mongoadmin.User{Password: "forgotten", Roles: roles}))
	require.Equal(t, []string{"user gateway: has other roles: [{root admin}]"}, change(mongoadmin.User{Password: "secret1", Roles: []mongoadmin.Role{{Name: "root", Database: "admin"}}}))
	_, err := e.update("User", made, gateway())
	require.NoError(t, err)
	require.Nil(t, e.read("User", made, gateway()).PartialState, "an update mends it")

	for _, host := range []string{"c1-a:27017", "c1-b:27017", "c1-c:27017"} {
		e.cluster.Down(host, true)
	}
	read := e.read("User", made, gateway())
	require.Equal(t, "gateway", read.ID, "what cannot be seen is not gone")
	require.Contains(t, read.PartialState.Reasons[0], "user gateway: cannot be read: not reachable: no primary of the config servers")
	for _, host := range []string{"c1-a:27017", "c1-b:27017", "c1-c:27017"} {
		e.cluster.Down(host, false)
	}

	require.NoError(t, e.delete("User", made))
	require.NoError(t, e.delete("User", made))
	require.Empty(t, e.read("User", made, gateway()).ID)
}

func TestUserMistakesAreNamed(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	require.Equal(t, []string{"members: is empty, must list the config servers"}, e.mistakes("User", gateway().with("members", []any{})))
	require.Equal(t, []string{`members[0].host: "here" is not a host and port, like "shard1-node1:27017"`},
		e.mistakes("User", gateway().with("members", []any{map[string]any{"host": "here", "container": "c"}})))
}

func TestSecretStaysUntilItsGenerationChanges(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	made := e.mustCreate("Secret", props{})
	value := made.Properties.Get("value")
	require.True(t, value.Secret())
	require.Len(t, value.AsString(), 32)
	require.Empty(t, e.changed("Secret", made.Properties, props{}))
	read := e.read("Secret", made, props{})
	require.Equal(t, value.AsString(), read.Properties.Get("value").AsString())

	require.NotEmpty(t, e.changed("Secret", made.Properties, props{"generation": 2}))
	other, err := e.update("Secret", made, props{"generation": 2})
	require.NoError(t, err)
	require.NotEqual(t, value.AsString(), other.Properties.Get("value").AsString())

	require.Equal(t, []string{"length: 15: must be from 16 to 1024"}, e.mistakes("Secret", props{"length": 15}))
}

func TestRandomTexts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(0, 1024).Draw(t, "length")
		require.Regexp(t, `^[A-Za-z0-9]*$`, provider.RandomText(length))
		require.Len(t, provider.RandomText(length), length)
	})
}
