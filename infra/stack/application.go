package stack

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
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
	d.ctx.Export("init", succeeded(job))
	_, err = sdk.NewJob(d.ctx, "indexes", &sdk.JobArgs{
		Container: d.plan.Init.Name, ContainerID: job.ID().ToStringOutput(), Router: endpoint(d.plan.Router),
		Database: "speedscale", Collection: "products", Indexes: []string{"search"}, TimeoutSeconds: d.timeout(),
	}, pulumi.DependsOn([]pulumi.Resource{d.products}))
	if err != nil {
		return err
	}
	_, _, err = d.service(d.plan.Gateway, spec{command: []string{"serve"}, env: d.gatewayEnv(), grace: 15},
		pulumi.DependsOn([]pulumi.Resource{job}))
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

// succeeded turns a job's non-zero exit, which the provider takes for a
// success, into the deployment's error, with what the job wrote.
func succeeded(job *docker.Container) pulumi.StringOutput {
	return pulumi.All(job.ExitCode, job.ContainerLogs, job.Name).ApplyT(func(v []any) (string, error) {
		if code, log := v[0].(int), v[1].(string); code != 0 {
			return "", fmt.Errorf("%s exited with %d; its log:\n%s", v[2], code, plain(log))
		}
		return "succeeded", nil
	}).(pulumi.StringOutput)
}

// plain strips the 8-byte headers that Docker puts before each chunk of a log.
func plain(log string) string {
	var out strings.Builder
	for rest := []byte(log); len(rest) > 0; {
		if len(rest) < 8 || rest[0] > 2 || rest[1] != 0 {
			out.Write(rest)
			break
		}
		n := int(rest[4])<<24 | int(rest[5])<<16 | int(rest[6])<<8 | int(rest[7])
		n = min(n, len(rest)-8)
		out.Write(rest[8 : 8+n])
		rest = rest[8+n:]
	}
	return strings.TrimSpace(out.String())
}
