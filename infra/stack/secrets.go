package stack

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/images"
	"speedscale/infra/sdk"
	"speedscale/internal/redisacl"
	"speedscale/internal/secretfile"
)

// The stack's secrets. The users of MongoDB and Redis have one each.
const (
	keyfile      = secretfile.Keyfile // by which members and router know each other
	mongoAdmin   = "mongo-admin"
	mongoGateway = "mongo-gateway"
	mongoMonitor = "mongo-monitor"
	redisAdmin   = secretfile.RedisAdmin
	redisGateway = "redis-gateway"
	redisUI      = "redis-ui"
	redisMonitor = images.RedisMonitor
	webAdmin     = "web-admin" // of Redis Commander and the page about the cache
)

// The users by name, with the secrets that are their passwords. MongoDB's gateway has
// another name in each generation; see gatewayName.
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
	key, err := d.keyfileSecret(parent)
	if err != nil {
		return err
	}
	d.secret = map[string]pulumi.StringInput{keyfile: key}
	exported := pulumi.StringMap{}
	for _, name := range d.passwords() {
		// Another generation is another resource: after a run that was killed, the old
		// password still is in the state for whoever has to go on with it.
		s, err := sdk.NewSecret(d.ctx, numbered(name, d.cfg.Security.Rotate.Passwords), &sdk.SecretArgs{}, parent)
		if err != nil {
			return err
		}
		d.secret[name], exported[name] = s.Value, s.Value
	}
	d.ctx.Export(OutputPasswords, pulumi.ToSecret(exported))
	d.ctx.Export(OutputNames, pulumi.StringMap{mongoGateway: pulumi.String(d.gatewayName())})
	return nil
}

// passwords are the names of the secrets that are passwords.
func (d *deployment) passwords() (names []string) {
	if d.logins.Clients {
		for _, users := range []map[string]string{MongoUsers, RedisUsers, WebUsers} {
			names = slices.AppendSeq(names, maps.Values(users))
		}
	}
	slices.Sort(names)
	return names
}

// numbered is the name of what belongs to a generation. The first has no number,
// since there were no others once.
func numbered(name string, generation int) string {
	if generation == 1 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, generation)
}

// gatewayName is the name of MongoDB's user for the gateway. It is another one in each
// generation, since a user has one password: the old user stays until no container
// logs in as that.
func (d *deployment) gatewayName() string {
	return numbered("gateway", d.cfg.Security.Rotate.Passwords)
}

// secretPath is where a container finds one of its secrets.
func secretPath(name string) string { return path.Join(secretfile.Dir, name) }

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

// OutputNames is the stack output with the names of users that are called otherwise in
// each generation, by the names of their secrets.
const OutputNames = "users"

// users declares the users of MongoDB, each with no more rights than it needs.
func (d *deployment) users() (err error) {
	read := sdk.Role{Name: "clusterMonitor", Database: "admin"}
	user := func(resource, name, secret string, roles ...sdk.Role) (declared *sdk.User) {
		if err == nil {
			declared, err = d.cluster.User(d.ctx, resource, sdk.UserArgs{Name: name, Password: d.secret[secret], Roles: roles})
		}
		return declared
	}
	user(mongoAdmin, "admin", mongoAdmin, sdk.Role{Name: "root", Database: "admin"})
	user(mongoMonitor, "monitor", mongoMonitor, read)
	// The gateway shows the shards and their members, too. As a resource of its own, the
	// user of another generation is dropped at the end of a run that succeeds; a name
	// that changes would have it dropped at the start of the run after a killed one.
	d.gatewayUser = user(numbered(mongoGateway, d.cfg.Security.Rotate.Passwords), d.gatewayName(), mongoGateway,
		sdk.Role{Name: "readWrite", Database: database}, read)
	return err
}
