package stack

import (
	"maps"
	"path"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/images"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
	"speedscale/internal/redisacl"
)

// The stack's secrets. The users of MongoDB and Redis have one each.
const (
	keyfile      = "keyfile" // by which members and router know each other
	mongoAdmin   = "mongo-admin"
	mongoGateway = "mongo-gateway"
	mongoMonitor = "mongo-monitor"
	redisAdmin   = "redis-admin"
	redisGateway = "redis-gateway"
	redisUI      = "redis-ui"
	redisMonitor = images.RedisMonitor
	webAdmin     = "web-admin" // of Redis Commander and the page about the cache
)

// The users by name, with the secrets that are their passwords.
var (
	MongoUsers = map[string]string{"admin": mongoAdmin, "gateway": mongoGateway, "monitor": mongoMonitor}
	RedisUsers = map[string]string{redisacl.Admin: redisAdmin, redisacl.Gateway: redisGateway, redisacl.UI: redisUI, redisacl.Monitor: redisMonitor}
	WebUsers   = map[string]string{"admin": webAdmin}
)

// keyfileLength is the number of characters of the keyfile's key. mongod takes 6 to
// 1024.
const keyfileLength = 256

// secrets declares the secrets that the stack needs, and exports the passwords.
func (d *deployment) secrets() error {
	if d.logins.Members == Open {
		return nil
	}
	parent, err := d.layer("secrets")
	if err != nil {
		return err
	}
	lengths := map[string]int{keyfile: keyfileLength}
	if d.logins.Clients {
		for _, users := range []map[string]string{MongoUsers, RedisUsers, WebUsers} {
			for _, name := range users {
				lengths[name] = 0
			}
		}
	}
	d.secret = map[string]pulumi.StringInput{}
	exported := pulumi.StringMap{}
	for _, name := range slices.Sorted(maps.Keys(lengths)) {
		s, err := sdk.NewSecret(d.ctx, name, &sdk.SecretArgs{Length: lengths[name]}, parent)
		if err != nil {
			return err
		}
		d.secret[name] = s.Value
		if name != keyfile {
			exported[name] = s.Value
		}
	}
	d.ctx.Export(OutputPasswords, pulumi.ToSecret(exported))
	return nil
}

// secretPath is where a container finds one of its secrets.
func secretPath(name string) string { return path.Join(topology.SecretsDir, name) }

// secretsOf are the secrets that a container is given.
func (d *deployment) secretsOf(names ...string) map[string]pulumi.StringInput {
	secrets := map[string]pulumi.StringInput{}
	for _, name := range names {
		secrets[name] = d.secret[name]
	}
	return secrets
}

// OutputPasswords is the stack output with the passwords, by the names of their
// secrets.
const OutputPasswords = "passwords"

// users declares the users of MongoDB, each with no more rights than it needs.
func (d *deployment) users() (err error) {
	read := sdk.Role{Name: "clusterMonitor", Database: "admin"}
	user := func(secret, name string, roles ...sdk.Role) (declared *sdk.User) {
		if err == nil {
			declared, err = d.cluster.User(d.ctx, secret, sdk.UserArgs{Name: name, Password: d.secret[secret], Roles: roles})
		}
		return declared
	}
	user(mongoAdmin, "admin", sdk.Role{Name: "root", Database: "admin"})
	user(mongoMonitor, "monitor", read)
	// The gateway shows the shards and their members, too.
	d.gatewayUser = user(mongoGateway, "gateway", sdk.Role{Name: "readWrite", Database: database}, read)
	return err
}
