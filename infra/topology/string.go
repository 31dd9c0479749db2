package topology

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// String prints the plan for people and for tests: the network, then one line
// per container.
func (p Plan) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "network %s\n", p.Network)
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, c := range p.Containers() {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d MB\t%s\n", c.Name, c.Role,
			strings.Join(c.Aliases, ","), p.publishedPorts(c), c.Memory, volumeMount(c))
	}
	_ = w.Flush() // writing to a strings.Builder cannot fail
	return out.String()
}

func (p Plan) publishedPorts(c Container) string {
	var ports []string
	for _, port := range c.Ports {
		ports = append(ports, fmt.Sprintf("%s:%d->%d", p.BindAddress, port.External, port.Internal))
	}
	return strings.Join(ports, ",")
}

func volumeMount(c Container) string {
	if c.Volume == "" {
		return ""
	}
	return c.Volume + ":" + c.Mount
}
