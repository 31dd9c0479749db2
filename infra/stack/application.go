package stack

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/containers"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

// application declares the application layer: the one-shot job, which creates the
// indexes and checks from inside the network that mongos and Redis work, and then
// the gateway.
func (d *deployment) application() error {
	parent, err := d.layer("application")
	if err != nil {
		return err
	}
	job, err := d.net.Container(d.ctx, d.plan.Init,
		containers.Spec{Image: d.image[topology.Init], Command: []string{"init"}, Env: d.gatewayEnv(), OneShot: true},
		parent, pulumi.DependsOn([]pulumi.Resource{d.products, d.redis}))
	if err != nil {
		return err
	}
	indexes, err := sdk.NewJob(d.ctx, "indexes", &sdk.JobArgs{
		Container: d.plan.Init.Name, ContainerID: job.ID().ToStringOutput(), Router: d.router,
		Database: "speedscale", Collection: "products", Indexes: []string{"search"}, TimeoutSeconds: d.net.TimeoutSeconds(),
	}, parent, pulumi.DependsOn([]pulumi.Resource{d.products}))
	if err != nil {
		return err
	}
	_, _, err = d.net.Service(d.ctx, d.plan.Gateway,
		containers.Spec{Image: d.image[topology.Gateway], Command: []string{"serve"}, Env: d.gatewayEnv(), Grace: 15},
		parent, pulumi.DependsOn([]pulumi.Resource{indexes}))
	return err
}

// gatewayEnv is the gateway's whole configuration, as environment variables.
func (d *deployment) gatewayEnv() []string {
	return []string{
		fmt.Sprintf("MONGO_URI=mongodb://%s/speedscale", d.plan.Router.Host()),
		fmt.Sprintf("PRODUCT_TTL=%s", d.cfg.ProductTTL),
		fmt.Sprintf("RATE_LIMIT=%d", d.cfg.RateLimit),
		fmt.Sprintf("REDIS_URL=redis://%s:6379", d.plan.Redis.Aliases[0]),
		fmt.Sprintf("SEARCH_TTL=%s", d.cfg.SearchTTL),
		fmt.Sprintf("SEED_TARGET=%d", d.cfg.SeedTarget),
		fmt.Sprintf("SIMILAR_TTL=%s", d.cfg.SimilarTTL),
		fmt.Sprintf("TRUSTED_PROXIES=%s", d.plan.Frontend.Aliases[0]),
	}
}
