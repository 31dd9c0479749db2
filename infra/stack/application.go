package stack

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/sdk"
)

// application declares node C: the one-shot job that makes indexes and proves
// the stores from inside the network, then the gateway.
func (d *deployment) application() error {
	job, err := d.container(d.plan.Init, spec{command: []string{"init"}, env: d.gatewayEnv(), untilDone: true},
		pulumi.DependsOn([]pulumi.Resource{d.products, d.redis}))
	if err != nil {
		return err
	}
	indexes, err := sdk.NewJob(d.ctx, "indexes", &sdk.JobArgs{
		Container: d.plan.Init.Name, ContainerID: job.ID().ToStringOutput(), Router: endpoint(d.plan.Router),
		Database: "speedscale", Collection: "products", Indexes: []string{"search"}, TimeoutSeconds: d.timeout(),
	}, pulumi.DependsOn([]pulumi.Resource{d.products}))
	if err != nil {
		return err
	}
	_, _, err = d.service(d.plan.Gateway, spec{command: []string{"serve"}, env: d.gatewayEnv(), grace: 15},
		pulumi.DependsOn([]pulumi.Resource{indexes}))
	return err
}

// gatewayEnv is the gateway's whole configuration.
func (d *deployment) gatewayEnv() pulumi.StringArray {
	return pulumi.ToStringArray([]string{
		fmt.Sprintf("MONGO_URI=mongodb://%s/speedscale", d.plan.Router.Host()),
		fmt.Sprintf("PRODUCT_TTL=%s", d.cfg.ProductTTL),
		fmt.Sprintf("RATE_LIMIT=%d", d.cfg.RateLimit),
		fmt.Sprintf("REDIS_URL=redis://%s:6379", d.plan.Redis.Aliases[0]),
		fmt.Sprintf("SEARCH_TTL=%s", d.cfg.SearchTTL),
		fmt.Sprintf("SEED_TARGET=%d", d.cfg.SeedTarget),
		fmt.Sprintf("SIMILAR_TTL=%s", d.cfg.SimilarTTL),
		fmt.Sprintf("TRUSTED_PROXIES=%s", d.plan.Frontend.Aliases[0]),
	})
}
