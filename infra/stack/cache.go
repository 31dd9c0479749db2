package stack

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/commander"
	"speedscale/infra/containers"
	"speedscale/infra/topology"
	"speedscale/internal/redisacl"
	"speedscale/internal/secretfile"
)

// cache declares the cache layer: Redis, and Redis Commander to browse its keys.
func (d *deployment) cache() error {
	parent, err := d.layer("cache")
	if err != nil {
		return err
	}
	redis, env := d.redisServer()
	_, d.redis, err = d.net.Service(d.ctx, redis,
		containers.Spec{Image: d.image[redis.Role], Env: env, Secrets: d.redisSecrets(), Files: d.clientFiles(redis)}, parent)
	if err != nil {
		return err
	}
	_, _, err = d.net.Service(d.ctx, d.plan.RedisUI, d.commander(), parent, pulumi.DependsOn([]pulumi.Resource{d.redis}))
	return err
}

// commander returns what Redis Commander runs. Its logins come in a file; see package
// commander.
func (d *deployment) commander() containers.Spec {
	node := nodeHeap(d.plan.RedisUI.Memory)
	if d.tls.Clients() {
		node += " --require=" + secretPath(commander.TLSScriptName)
	}
	spec := containers.Spec{Image: d.image[topology.RedisUI], Files: d.clientFiles(d.plan.RedisUI), Env: []string{
		"HOME=" + commander.Home,
		fmt.Sprintf("NODE_CONFIG_DIR=%s:%s:%s", commander.Folder, commander.Written, secretfile.Dir),
		node,
	}}
	host := d.plan.Redis.Aliases[0]
	if !d.logins.Clients {
		spec.Env = append(spec.Env, fmt.Sprintf("REDIS_HOSTS=cache:%s:%d", host, redisPort))
		return spec
	}
	file := pulumi.All(d.secret[redisUI], d.secret[webAdmin]).ApplyT(func(passwords []any) (string, error) {
		return commander.File(commander.Config{
			Host: host, Port: redisPort, TLS: d.tls.Clients(), RedisPassword: passwords[0].(string), Visitor: "admin", Password: passwords[1].(string),
		})
	}).(pulumi.StringOutput)
	spec.Secrets = map[string]pulumi.StringInput{commander.FileName: file}
	if d.tls.Clients() {
		spec.Secrets[commander.TLSScriptName] = pulumi.String(commander.TLSScript)
	}
	return spec
}

const redisPort = 6379

// redisServer returns the cache's container and its environment. Redis's data may
// take three quarters of its memory; the rest is for modules, buffers and copies.
// Persistence is off, since a restored cache would serve outdated answers.
func (d *deployment) redisServer() (redis topology.Container, env []string) {
	redis = d.plan.Redis
	args := fmt.Sprintf("REDIS_ARGS=--save --maxmemory %dmb --maxmemory-policy allkeys-lru", redis.Memory*3/4)
	if d.logins.Clients {
		args += " --aclfile " + secretPath(redisUsersFile)
	}
	if d.tls.Clients() {
		args += fmt.Sprintf(" --port 0 --tls-port %d --tls-cert-file %s --tls-key-file %[2]s --tls-ca-cert-file %s --tls-auth-clients no",
			redisPort, secretPath(secretfile.Certificate), secretPath(secretfile.Authorities))
	}
	if !d.image[redis.Role].Needs.Beside {
		// The page that is served in place of RedisInsight links to the shop and to Redis Commander.
		env := []string{fmt.Sprintf("COMMANDER_PORT=%d", d.cfg.Ports.RedisUI), args, fmt.Sprintf("SHOP_PORT=%d", d.cfg.Ports.Frontend)}
		if d.logins.Clients {
			env = append(env, "PAGE_PASSWORD_FILE="+secretPath(webAdmin), "PAGE_USER=admin",
				"REDIS_PASSWORD_FILE="+secretPath(redisUI), "REDIS_USER="+redisacl.UI)
		}
		if d.tls.Clients() {
			env = append(env, tlsTrust, tlsServe)
		}
		slices.Sort(env)
		return redis, env
	}
	// RedisInsight runs in the same container, and must not use up Redis's memory.
	redis.Memory += d.cfg.Memory.Insight
	env = []string{"HOME=/redisinsight", nodeHeap(d.cfg.Memory.Insight), args}
	if !d.cachePage {
		// It also keeps the login to Redis that somebody gave it, for whoever comes next.
		redis.Ports = slices.DeleteFunc(slices.Clone(redis.Ports), func(p topology.PublishedPort) bool { return p.Internal == insightPort })
		env = append(env, "RI_APP_HOST=127.0.0.1")
	}
	return redis, env
}

const insightPort = 8001

// redisUsersFile is the name of the secret with all users of Redis.
const redisUsersFile = "users.acl"

// redisSecrets are Redis's users, and the passwords of the page in its container, of
// its health check, and of `speedscale status`.
func (d *deployment) redisSecrets() map[string]pulumi.StringInput {
	if !d.logins.Clients {
		return nil
	}
	passwords := pulumi.StringMap{}
	for user, secret := range RedisUsers {
		passwords[user] = d.secret[secret]
	}
	users := passwords.ToStringMapOutput().ApplyT(func(passwords map[string]string) (string, error) {
		return redisacl.File(passwords, d.logins.Members == Optional)
	}).(pulumi.StringOutput)
	secrets := d.secretsOf(redisMonitor, redisUI, webAdmin)
	secrets[redisUsersFile] = users
	if d.tls.Clients() { // for replaced certificates; see the provider's Server
		secrets[redisAdmin] = d.secret[redisAdmin]
	}
	return secrets
}

// nodeHeap is the environment variable that limits the heap of a Node.js program
// to half of its memory, given in MB; the other half is for code and buffers. By
// default Node.js sizes its heap by the memory that it thinks the machine has.
func nodeHeap(memory int) string {
	return fmt.Sprintf("NODE_OPTIONS=--max-old-space-size=%d", memory/2)
}
