package stack

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/containers"
	"speedscale/infra/topology"
)

// cache declares the cache layer: Redis, and Redis Commander to browse its keys.
func (d *deployment) cache() error {
	parent, err := d.layer("cache")
	if err != nil {
		return err
	}
	redis, env := d.redisServer()
	_, d.redis, err = d.net.Service(d.ctx, redis, containers.Spec{Image: d.image[redis.Role], Env: env}, parent)
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
	if !d.image[redis.Role].Needs.Beside {
		// The page that is served in place of RedisInsight links to the shop and to Redis Commander.
		return redis, []string{
			fmt.Sprintf("COMMANDER_PORT=%d", d.cfg.Ports.RedisUI), args, fmt.Sprintf("SHOP_PORT=%d", d.cfg.Ports.Frontend),
		}
	}
	// RedisInsight runs in the same container, and must not use up Redis's memory.
	redis.Memory += d.cfg.Memory.Insight
	return redis, []string{"HOME=/redisinsight", nodeHeap(d.cfg.Memory.Insight), args}
}

// nodeHeap is the environment variable that limits the heap of a Node.js program
// to half of its memory, given in MB; the other half is for code and buffers. By
// default Node.js sizes its heap by the memory that it thinks the machine has.
func nodeHeap(memory int) string {
	return fmt.Sprintf("NODE_OPTIONS=--max-old-space-size=%d", memory/2)
}
