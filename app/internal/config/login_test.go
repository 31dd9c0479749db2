package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

const (
	withUser  = "mongodb://gateway@mongos:27017,other:27017/speedscale?authSource=admin&authMechanism=SCRAM-SHA-256"
	redisUser = "redis://gateway@redis:6379"
)

func secretFile(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	return name
}

func TestPasswordsComeFromFiles(t *testing.T) {
	for _, password := range []string{"s3cret", `%40:/?#@ &+"'é`, " with spaces "} {
		file := secretFile(t, password+"\n")
		c, err := Parse(map[string]string{"MONGO_URI": withUser, "MONGO_PASSWORD_FILE": file, "REDIS_URL": redisUser, "REDIS_PASSWORD_FILE": file})
		require.NoError(t, err)
		mongo, err := connstring.Parse(string(c.MongoURI))
		require.NoError(t, err)
		require.Equal(t, []string{"gateway", password, "admin", "speedscale"}, []string{mongo.Username, mongo.Password, mongo.AuthSource, mongo.Database})
		require.Equal(t, []string{"mongos:27017", "other:27017"}, mongo.Hosts)
		server, err := redis.ParseURL(string(c.RedisURL))
		require.NoError(t, err)
		require.Equal(t, []string{"gateway", password, "redis:6379"}, []string{server.Username, server.Password, server.Addr})
		require.Equal(t, "mongos:27017", c.MongosHost())
		require.Equal(t, "redis:6379", c.RedisHost())
	}
}

func TestMistakesWithLogins(t *testing.T) {
	file := secretFile(t, "s3cret")
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"no such file":       {map[string]string{"MONGO_URI": withUser, "MONGO_PASSWORD_FILE": "/run/s3cret"}, "MONGO_PASSWORD_FILE for MONGO_URI: the file cannot be read: no such file or directory"},
		"no file at all":     {map[string]string{"MONGO_URI": withUser, "MONGO_PASSWORD_FILE": "s3cret"}, "MONGO_PASSWORD_FILE for MONGO_URI: the file cannot be read: no such file or directory"},
		"a folder":           {map[string]string{"REDIS_URL": redisUser, "REDIS_PASSWORD_FILE": t.TempDir()}, "REDIS_PASSWORD_FILE for REDIS_URL: the file cannot be read: is a directory"},
		"empty":              {map[string]string{"REDIS_URL": redisUser, "REDIS_PASSWORD_FILE": secretFile(t, "\n")}, "REDIS_PASSWORD_FILE for REDIS_URL: the file is empty"},
		"two lines":          {map[string]string{"REDIS_URL": redisUser, "REDIS_PASSWORD_FILE": secretFile(t, "s3cret\ns3cret\n")}, "REDIS_PASSWORD_FILE for REDIS_URL: the file has more than one line"},
		"no user":            {map[string]string{"REDIS_PASSWORD_FILE": file}, "REDIS_PASSWORD_FILE for REDIS_URL: the address names no user: want one, such as //gateway@host"},
		"an empty user":      {map[string]string{"REDIS_URL": "redis://:s3cret@redis:6379", "REDIS_PASSWORD_FILE": file}, "REDIS_PASSWORD_FILE for REDIS_URL: the address names no user: want one, such as //gateway@host"},
		"given twice":        {map[string]string{"MONGO_URI": "mongodb://gateway:s3cret@mongos/speedscale", "MONGO_PASSWORD_FILE": file}, "MONGO_PASSWORD_FILE for MONGO_URI: the address has a password, too: want one of them"},
		"only a user, mongo": {map[string]string{"MONGO_URI": "mongodb://gateway@mongos/speedscale"}, `MONGO_URI is "(not shown, as it may hold a password)": want mongodb://host:27017/database, or mongodb://user@host:27017/database and MONGO_PASSWORD_FILE`},
		"only a user, SCRAM": {map[string]string{"MONGO_URI": withUser}, `MONGO_URI is "(not shown, as it may hold a password)": want mongodb://host:27017/database, or mongodb://user@host:27017/database and MONGO_PASSWORD_FILE`},
		"only a user, redis": {map[string]string{"REDIS_URL": redisUser}, `REDIS_URL is "(not shown, as it may hold a password)": want redis://host:6379, or redis://user@host:6379 and REDIS_PASSWORD_FILE`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.env)
			require.EqualError(t, err, "environment: "+c.want)
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

// Wherever a typing mistake puts the password, it is not shown.
func TestNoAddressIsShown(t *testing.T) {
	for _, uri := range []string{
		"mongodb:gateway:s3cret@mongos", "gateway:s3cret@mongos", "mongodb://gateway:12/s3cret@mongos/x", "mongodb://gateway:1?s3cret@mongos",
		"mongodb://gateway:1#s3cret@mongos", "mongodb://mongos/?password=s3cret", "s3cret", "mongodb://g:%s3cret@mongos/x", "http://g:s3cret@mongos/x",
	} {
		_, err := Parse(map[string]string{"MONGO_URI": uri, "REDIS_URL": uri})
		require.ErrorContains(t, err, "MONGO_URI", uri)
		require.ErrorContains(t, err, "REDIS_URL", uri)
		require.NotContains(t, err.Error(), "s3cret", uri)
	}
}

func TestConfigPrintsNoPassword(t *testing.T) {
	file := secretFile(t, "s3cret")
	c, err := Parse(map[string]string{"MONGO_URI": withUser, "MONGO_PASSWORD_FILE": file, "REDIS_URL": redisUser, "REDIS_PASSWORD_FILE": file})
	require.NoError(t, err)
	require.Contains(t, string(c.MongoURI), "s3cret")
	for _, format := range []string{"%v", "%+v", "%#v", "%q", "%s", "%x"} {
		printed := fmt.Sprintf(format, c)
		require.NotContains(t, printed, "s3cret", format)
		require.NotContains(t, printed, fmt.Sprintf("%x", "s3cret"), format)
	}
	printed, err := json.Marshal(c)
	require.NoError(t, err)
	require.NotContains(t, string(printed), "s3cret")
}
