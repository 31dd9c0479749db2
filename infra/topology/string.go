package topology

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// String prints the plan for people and for tests: a line a container.
func (p Plan) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "network %s\n", p.Network)
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, c := range p.Containers() {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d MB\t%s\n", c.Name, c.Role,
			strings.Join(c.Aliases, ","), p.published(c), c.Memory, mounted(c))
	}
	_ = w.Flush() // a strings.Builder takes everything
	return out.String()
}

func (p Plan) published(c Container) string {
	var ports []string
	for _, port := range c.Ports {
		ports = append(ports, fmt.Sprintf("%s:%d->%d", p.BindAddress, port.External, port.Internal))
	}
	return strings.Join(ports, ",")
}

func mounted(c Container) string {
	if c.Volume == "" {
		return ""
	}
	return c.Volume + ":" + c.Mount
}
