package provider

import (
	"fmt"
	"net"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/mongoadmin"
)

// Endpoint is a mongod or the router, as an input.
type Endpoint struct {
	Host      string `pulumi:"host"`
	Container string `pulumi:"container"`
}

// Annotate describes the inputs.
func (e *Endpoint) Annotate(a infer.Annotator) {
	a.Describe(&e.Host, `Host and port by which the cluster knows it, "shard1-node1:27017".`)
	a.Describe(&e.Container, "Name of the Docker container through which it is reached.")
}

func (e Endpoint) admin() mongoadmin.Endpoint {
	return mongoadmin.Endpoint{Host: e.Host, Container: e.Container}
}

func hosts(list []Endpoint) []string {
	var names []string
	for _, e := range list {
		names = append(names, e.Host)
	}
	return names
}

// checks collects everything that is wrong with a resource's inputs.
type checks []p.CheckFailure

func (c *checks) add(property, format string, args ...any) {
	*c = append(*c, p.CheckFailure{Property: property, Reason: fmt.Sprintf(format, args...)})
}

// host demands host:port, unless the value is not known yet.
func (c *checks) host(property, value string) {
	if value == "" {
		return
	}
	if host, port, err := net.SplitHostPort(value); err != nil || host == "" || port == "" {
		c.add(property, `%q is no host and port, like "shard1-node1:27017"`, value)
	}
}

func (c *checks) timeout(seconds int) {
	if seconds < 0 {
		c.add(timeoutInput, "%d: must be a positive number of seconds", seconds)
	}
}
