// Package sdk is the speedscale provider's resources as Go types for the
// Pulumi program. It is small and written by hand: names and meanings are the
// provider's, and a test keeps the two in step.
package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// The provider's package: the engine finds its plugin by these.
const (
	Package = "speedscale"
	Version = "0.1.0"
)

// Endpoint is a mongod or the router: the host and port by which the cluster
// knows it, and the container through which the provider reaches it.
type Endpoint struct {
	Host      string // "mongos:27017"
	Container string // "cluster-mongos"
}

func (e Endpoint) inputs() pulumi.Map {
	return pulumi.Map{"host": pulumi.String(e.Host), "container": pulumi.String(e.Container)}
}

func endpoints(list []Endpoint) pulumi.Array {
	var array pulumi.Array
	for _, e := range list {
		array = append(array, e.inputs())
	}
	return array
}

// inputs is a property map in the making. Optional properties are left out
// when they are zero, so that the provider's default holds.
type inputs pulumi.Map

func (in inputs) number(name string, value int) inputs {
	if value != 0 {
		in[name] = pulumi.Int(value)
	}
	return in
}

func (in inputs) flag(name string, value bool) inputs {
	if value {
		in[name] = pulumi.Bool(value)
	}
	return in
}

// register is every resource's constructor: the version tells the engine which
// plugin to load.
func register(ctx *pulumi.Context, kind, name string, props inputs, res pulumi.CustomResource, opts []pulumi.ResourceOption) error {
	opts = append([]pulumi.ResourceOption{pulumi.Version(Version)}, opts...)
	return ctx.RegisterResource(Package+":index:"+kind, name, pulumi.Map(props), res, opts...)
}
