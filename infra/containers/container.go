package containers

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

// Labels of what belongs to a stack.
const (
	LabelStack = "speedscale.stack" // the owner's: for a stack of SpeedScale its name
	labelRole  = "speedscale.role"  // the container's
)

// Spec is what one container runs, beyond its place in the plan.
type Spec struct {
	Image     Image
	Command   []string
	Env       []string
	Grace     int  // seconds from SIGTERM to SIGKILL; at least 10, at most longestGrace
	UntilDone bool // a one-shot: the deployment waits for its end and keeps its log
}

// Seconds that a container may take to stop.
const leastGrace, longestGrace = 10, 30

// retransmissions end a connection whose other end is gone without a word, 3 s
// after something was sent: its address has changed with the network, or the
// machine is cut off. Linux waits for 15 minutes, and MongoDB's pools hold such
// connections until a client's time is up. A busy or paused process is no such
// end: its kernel answers.
const retransmissions = "3"

// Container declares a container of the plan. Every attribute is spelt the way
// Docker reports it back, since any other spelling is a diff at each refresh.
func (n *Network) Container(ctx *pulumi.Context, c topology.Container, s Spec, opts ...pulumi.ResourceOption) (*docker.Container, error) {
	grace := min(max(s.Grace, leastGrace), longestGrace)
	args := &docker.ContainerArgs{
		Name:    pulumi.String(c.Name),
		Image:   s.Image.ID,
		Labels:  n.labels(c),
		Memory:  pulumi.Int(c.Memory),
		Restart: pulumi.String("unless-stopped"),
		// Docker doubles the memory with swap unless told otherwise.
		MemorySwap: pulumi.Int(c.Memory),
		LogDriver:  pulumi.String("json-file"),
		LogOpts:    pulumi.StringMap{"max-size": pulumi.String("10m"), "max-file": pulumi.String("3")},
		// The name and not the resource's output: an output would replace every
		// container with the network.
		NetworkMode: pulumi.String("bridge"),
		NetworksAdvanced: docker.ContainerNetworksAdvancedArray{docker.ContainerNetworksAdvancedArgs{
			Name: pulumi.String(n.Name), Aliases: pulumi.ToStringArray(c.Aliases),
		}},
		Ports:   n.ports(c),
		Sysctls: pulumi.StringMap{"net.ipv4.tcp_retries2": pulumi.String(retransmissions)},
		// Docker forwards the name of a container that is gone to the host's name
		// server, and a mongod looks up one name after the other: an answer that is lost
		// holds all its new connections up for 5 s. With these, Docker says by itself
		// that there is no such name (docs/decisions/0013).
		DnsOpts: pulumi.ToStringArray([]string{"ndots:1"}), DnsSearches: pulumi.ToStringArray([]string{"."}),
		// Unset, the provider kills at once.
		DestroyGraceSeconds: pulumi.Int(grace),
		StopTimeout:         pulumi.Int(grace),
	}
	if user := s.Image.Needs.User; user != "" {
		args.User = pulumi.String(user)
	}
	if folders := s.Image.tmpfs(c); len(folders) > 0 {
		args.Tmpfs = folders
	}
	if len(s.Command) > 0 {
		args.Command = pulumi.ToStringArray(s.Command)
	}
	if len(s.Env) > 0 {
		args.Envs = pulumi.ToStringArray(s.Env)
	}
	if c.Volume != "" {
		args.Volumes = docker.ContainerVolumeArray{docker.ContainerVolumeArgs{
			VolumeName: pulumi.String(c.Volume), ContainerPath: pulumi.String(c.Mount),
		}}
	}
	if s.UntilDone {
		args.Restart = pulumi.String("no")
		args.Attach, args.MustRun, args.Logs = pulumi.Bool(true), pulumi.Bool(false), pulumi.Bool(true)
	} else {
		args.Healthcheck = s.Image.healthcheck()
	}
	opts = append(opts,
		pulumi.DependsOn([]pulumi.Resource{n.network}),
		pulumi.DeleteBeforeReplace(true),
		pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeCreate: []*pulumi.ResourceHook{n.clearName}}),
		// The provider plans these as updates and then changes nothing.
		pulumi.ReplaceOnChanges([]string{"healthcheck", "tmpfs", "cpus"}),
	)
	return docker.NewContainer(ctx, c.Name, args, opts...)
}

// Service declares a container that runs on, and the wait until its health check
// passes. Who needs it to serve depends on the wait. Of opts, the wait has those
// that say where it stands in the tree of resources, with under.
func (n *Network) Service(ctx *pulumi.Context, c topology.Container, s Spec, under pulumi.ResourceOption, opts ...pulumi.ResourceOption) (*docker.Container, *sdk.Service, error) {
	container, err := n.Container(ctx, c, s, append(opts, under)...)
	if err != nil {
		return nil, nil, err
	}
	service, err := sdk.NewService(ctx, c.Name, &sdk.ServiceArgs{ContainerArgs: n.WaitFor(c, container)}, under)
	return container, service, err
}

// WaitFor is how a declared container is waited for.
func (n *Network) WaitFor(c topology.Container, declared *docker.Container) sdk.ContainerArgs {
	args := sdk.ContainerArgs{
		Container: c.Name, ContainerID: declared.ID().ToStringOutput(), Network: n.Name, Aliases: c.Aliases,
		TimeoutSeconds: n.TimeoutSeconds(),
	}
	if n.Origins != nil {
		args.Origins = n.Origins(c)
	}
	return args
}

// TimeoutSeconds is Timeout as the provider's resources take it.
func (n *Network) TimeoutSeconds() int { return int(n.Timeout.Seconds()) }

func (n *Network) labels(c topology.Container) (labels docker.ContainerLabelArray) {
	all := map[string]string{labelRole: string(c.Role), LabelStack: n.Owner}
	maps.Copy(all, n.Labels)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		labels = append(labels, docker.ContainerLabelArgs{Label: pulumi.String(name), Value: pulumi.String(all[name])})
	}
	return labels
}

func (n *Network) ports(c topology.Container) docker.ContainerPortArray {
	var ports docker.ContainerPortArray
	for _, p := range c.Ports {
		ports = append(ports, docker.ContainerPortArgs{
			Internal: pulumi.Int(p.Internal), External: pulumi.Int(p.External),
			Ip: pulumi.String(n.BindAddress), Protocol: pulumi.String("tcp"),
		})
	}
	return ports
}
