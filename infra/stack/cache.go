package stack

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// cache declares node B: Redis, and the browser of its keys.
func (d *deployment) cache() (err error) {
	// A quarter of the budget stays for the modules, buffers and copies.
	maxmemory := d.plan.Redis.Memory * 3 / 4
	_, d.redis, err = d.service(d.plan.Redis, spec{
		env: pulumi.StringArray{pulumi.Sprintf("REDIS_ARGS=--maxmemory %dmb --maxmemory-policy allkeys-lru", maxmemory)},
	})
	if err != nil {
		return err
	}
	host := d.plan.Redis.Aliases[0]
	_, _, err = d.service(d.plan.RedisUI, spec{
		env: pulumi.StringArray{pulumi.String(fmt.Sprintf("REDIS_HOSTS=cache:%s:6379", host))},
	}, pulumi.DependsOn([]pulumi.Resource{d.redis}))
	return err
}
