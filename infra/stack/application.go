package stack

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/cluster"
	"speedscale/infra/containers"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
	"speedscale/internal/redisacl"
)

// application declares the application layer: the one-shot job, which creates the
// indexes and checks from inside the network that mongos and Redis work, and then
// the gateway.
func (d *deployment) application() error {
	parent, err := d.layer("application")
	if err != nil {
		return err
	}
	needed := []pulumi.Resource{d.products, d.redis}
	if d.logins.Clients {
		needed = append(needed, d.gatewayUser)
	}
	job, err := d.net.Container(d.ctx, d.plan.Init,
		containers.Spec{Image: d.image[topology.Init], Command: []string{"init"}, Env: d.gatewayEnv(), Secrets: d.gatewaySecrets(), Files: d.certificateFiles(d.plan.Init), OneShot: true},
		parent, pulumi.DependsOn(needed))
	if err != nil {
		return err
	}
	indexes, err := sdk.NewJob(d.ctx, "indexes", &sdk.JobArgs{
		Container: d.plan.Init.Name, ContainerID: job.ID().ToStringOutput(), Router: d.router,
		Database: database, Collection: "products", Indexes: []string{"search"}, TimeoutSeconds: d.net.TimeoutSeconds(),
	}, parent, pulumi.DependsOn([]pulumi.Resource{d.products}))
	if err != nil {
		return err
	}
	env := d.gatewayEnv()
	// The page's server may be replaced before the gateway or after it.
	switch d.tls.Mode {
	case cluster.AllowTLS, cluster.PreferTLS:
		env = append(env, tlsServe, tlsBoth)
	case cluster.RequireTLS:
		env = append(env, tlsServe)
	}
	slices.Sort(env)
	_, _, err = d.net.Service(d.ctx, d.plan.Gateway,
		containers.Spec{Image: d.image[topology.Gateway], Command: []string{"serve"}, Env: env, Secrets: d.gatewaySecrets(), Files: d.certificateFiles(d.plan.Gateway), Grace: 15},
		parent, pulumi.DependsOn([]pulumi.Resource{indexes}))
	return err
}

// gatewayEnv is the configuration of the gateway and of the job, as environment
// variables.
func (d *deployment) gatewayEnv() []string {
	var mongoUser, redisUser, mongoOptions string
	redisScheme := "redis"
	var files []string
	if d.logins.Clients {
		mongoUser, redisUser, mongoOptions = d.gatewayName()+"@", redisacl.Gateway+"@", "?authSource=admin"
		files = []string{"MONGO_PASSWORD_FILE=" + secretPath(mongoGateway), "REDIS_PASSWORD_FILE=" + secretPath(redisGateway)}
	}
	if d.tls.Clients() {
		mongoOptions, redisScheme = mongoOptions+"&tls=true", "rediss"
		page := Page.URL(d.cfg, true)
		files = append(files, "CORS_ORIGINS="+page.Scheme+"://"+page.Host)
	}
	if d.tls.Mode != cluster.TLSOff {
		files = append(files, tlsTrust)
	}
	env := append(files,
		fmt.Sprintf("MONGO_URI=mongodb://%s%s/%s%s", mongoUser, d.plan.Router.Host(), database, mongoOptions),
		fmt.Sprintf("PRODUCT_TTL=%s", d.cfg.ProductTTL),
		fmt.Sprintf("RATE_LIMIT=%d", d.cfg.RateLimit),
		fmt.Sprintf("REDIS_URL=%s://%s%s:%d", redisScheme, redisUser, d.plan.Redis.Aliases[0], redisPort),
		fmt.Sprintf("SEARCH_TTL=%s", d.cfg.SearchTTL),
		fmt.Sprintf("SEED_TARGET=%d", d.cfg.SeedTarget),
		fmt.Sprintf("SIMILAR_TTL=%s", d.cfg.SimilarTTL),
		fmt.Sprintf("TRUSTED_PROXIES=%s", d.plan.Frontend.Aliases[0]),
	)
	slices.Sort(env)
	return env
}

// gatewaySecrets are the passwords with which the gateway logs in.
func (d *deployment) gatewaySecrets() map[string]pulumi.StringInput {
	if !d.logins.Clients {
		return nil
	}
	return d.secretsOf(mongoGateway, redisGateway)
}
