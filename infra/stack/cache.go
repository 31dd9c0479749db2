package stack

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/containers"
	"speedscale/infra/topology"
	"speedscale/internal/redisacl"
)

// cache declares the cache layer: Redis, and Redis Commander to browse its keys.
func (d *deployment) cache() error {
	parent, err := d.layer("cache")
	if err != nil {
		return err
	}
	redis, env := d.redisServer()
	_, d.redis, err = d.net.Service(d.ctx, redis, containers.Spec{Image: d.image[redis.Role], Env: env, Secrets: d.redisSecrets()}, parent)
	if err != nil {
		return err
	}
	_, _, err = d.net.Service(d.ctx, d.plan.RedisUI, containers.Spec{
		Image: d.image[topology.RedisUI],
		Env: []string{
			nodeHeap(d.plan.RedisUI.Memory),
			fmt.Sprintf("REDIS_HOSTS=cache:%s:6379", redis.Aliases[0]),
		},
	}, parent, pulumi.DependsOn([]pulumi.Resource{d.redis}))
	return err
}

// redisServer returns the cache's container and its environment. Redis's data may
// take three quarters of its memory; the rest is for modules, buffers and copies.
// Persistence is off, since a restored cache would serve outdated answers.
func (d *deployment) redisServer() (redis topology.Container, env []string) {
	redis = d.plan.Redis
	args := fmt.Sprintf("REDIS_ARGS=--save --maxmemory %dmb --maxmemory-policy allkeys-lru", redis.Memory*3/4)
	if d.logins.Clients {
		args += " --aclfile " + secretPath(redisUsersFile)
	}
	if !d.image[redis.Role].Needs.Beside {
		// The page that is served in place of RedisInsight links to the shop and to Redis Commander.
		env := []string{fmt.Sprintf("COMMANDER_PORT=%d", d.cfg.Ports.RedisUI), args, fmt.Sprintf("SHOP_PORT=%d", d.cfg.Ports.Frontend)}
		if d.logins.Clients {
			env = append(env, "PAGE_PASSWORD_FILE="+secretPath(webAdmin), "PAGE_USER=admin",
				"REDIS_PASSWORD_FILE="+secretPath(redisUI), "REDIS_USER="+redisacl.UI)
		}
		slices.Sort(env)
		return redis, env
	}
	// RedisInsight runs in the same container, and must not use up Redis's memory.
	redis.Memory += d.cfg.Memory.Insight
	return redis, []string{"HOME=/redisinsight", nodeHeap(d.cfg.Memory.Insight), args}
}

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
	return secrets
}

// nodeHeap is the environment variable that limits the heap of a Node.js program
// to half of its memory, given in MB; the other half is for code and buffers. By
// default Node.js sizes its heap by the memory that it thinks the machine has.
func nodeHeap(memory int) string {
	return fmt.Sprintf("NODE_OPTIONS=--max-old-space-size=%d", memory/2)
}
