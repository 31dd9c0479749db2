package stack

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/containers"
	"speedscale/infra/topology"
)

// cache declares node B: Redis, and the browser of its keys.
func (d *deployment) cache() error {
	under, err := d.layer("cache")
	if err != nil {
		return err
	}
	redis, env := d.redisServer()
	_, d.redis, err = d.net.Service(d.ctx, redis, containers.Spec{Image: d.image[redis.Role], Env: env}, under)
	if err != nil {
		return err
	}
	_, _, err = d.net.Service(d.ctx, d.plan.RedisUI, containers.Spec{
		Image: d.image[topology.RedisUI],
		Env: []string{
			nodeHeap(d.plan.RedisUI.Memory),
			fmt.Sprintf("REDIS_HOSTS=cache:%s:6379", redis.Aliases[0]),
		},
	}, under, pulumi.DependsOn([]pulumi.Resource{d.redis}))
	return err
}

// redisServer is the cache's container and its environment. A quarter of what
// Redis has stays for the modules, buffers and copies. It saves nothing: a cache
// that remembers would bring yesterday's answers back.
func (d *deployment) redisServer() (redis topology.Container, env []string) {
	redis = d.plan.Redis
	args := fmt.Sprintf("REDIS_ARGS=--save --maxmemory %dmb --maxmemory-policy allkeys-lru", redis.Memory*3/4)
	if !d.image[redis.Role].Needs.Beside {
		// The page that stands for RedisInsight links to the shop and to Redis Commander.
		return redis, []string{
			fmt.Sprintf("COMMANDER_PORT=%d", d.cfg.Ports.RedisUI), args, fmt.Sprintf("SHOP_PORT=%d", d.cfg.Ports.Frontend),
		}
	}
	// RedisInsight shares the container, and must not live on what Redis has.
	redis.Memory += d.cfg.Memory.Insight
	return redis, []string{"HOME=/redisinsight", nodeHeap(d.cfg.Memory.Insight), args}
}

// nodeHeap bounds the heap of a Node program that has so much memory, in MB:
// Node would take as much as it thinks the machine has. The rest is for its code
// and buffers.
func nodeHeap(memory int) string {
	return fmt.Sprintf("NODE_OPTIONS=--max-old-space-size=%d", memory/2)
}
