package provider

import (
	"fmt"
	"net"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/mongoadmin"
)

// Endpoint is the input type for a mongod or the router.
type Endpoint struct {
	Host      string `pulumi:"host"`
	Container string `pulumi:"container"`
}

// Annotate describes the inputs.
func (e *Endpoint) Annotate(a infer.Annotator) {
	a.Describe(&e.Host, `Host and port by which the cluster knows it, such as "shard1-node1:27017".`)
	a.Describe(&e.Container, "Name of the Docker container in which it runs, and through which the provider reaches it.")
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

// checks collects the failures of a resource's Check.
type checks []p.CheckFailure

func (c *checks) add(property, format string, args ...any) {
	*c = append(*c, p.CheckFailure{Property: property, Reason: fmt.Sprintf(format, args...)})
}

// host checks that value is host:port. It accepts "", which stands for a value that
// is not known yet.
func (c *checks) host(property, value string) {
	if value == "" {
		return
	}
	if host, port, err := net.SplitHostPort(value); err != nil || host == "" || port == "" {
		c.add(property, `%q is not a host and port, like "shard1-node1:27017"`, value)
	}
}

func (c *checks) timeout(seconds int) {
	if seconds < 0 {
		c.add(timeoutInput, "%d: must be a positive number of seconds", seconds)
	}
}
