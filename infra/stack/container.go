package stack

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

// Labels of what belongs to a stack.
const (
	LabelStack  = "speedscale.stack"  // the stack's name
	labelRole   = "speedscale.role"   // the container's
	labelImages = "speedscale.images" // where the container's image came from
)

// spec is what one container runs, beyond its place in the plan.
type spec struct {
	command   []string
	env       pulumi.StringArray
	grace     int  // seconds from SIGTERM to SIGKILL
	untilDone bool // a one-shot: the deployment waits for its end and keeps its log
}

// retransmissions end a connection whose other end is gone without a word, 3 s
// after something was sent: its address has changed with the network, or the
// machine is cut off. Linux waits for 15 minutes, and MongoDB's pools hold such
// connections until a client's time is up. A busy or paused process is no such
// end: its kernel answers.
const retransmissions = "3"

// container declares a container of the plan. Every attribute is spelt the way
// Docker reports it back, since any other spelling is a diff at each refresh.
func (d *deployment) container(c topology.Container, s spec, opts ...pulumi.ResourceOption) (*docker.Container, error) {
	img := d.image[c.Role]
	args := &docker.ContainerArgs{
		Name:    pulumi.String(c.Name),
		Image:   img.id,
		Envs:    s.env,
		Labels:  d.labels(c),
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
			Name: pulumi.String(d.plan.Network), Aliases: pulumi.ToStringArray(c.Aliases),
		}},
		Ports:   d.ports(c),
		Sysctls: pulumi.StringMap{"net.ipv4.tcp_retries2": pulumi.String(retransmissions)},
		// Docker forwards the name of a container that is gone to the host's name
		// server, and a mongod looks up one name after the other: an answer that is lost
		// holds all its new connections up for 5 s. With these, Docker says by itself
		// that there is no such name (docs/decisions/0013).
		DnsOpts: pulumi.ToStringArray([]string{"ndots:1"}), DnsSearches: pulumi.ToStringArray([]string{"."}),
		// Unset, the provider kills at once.
		DestroyGraceSeconds: pulumi.Int(max(s.grace, 10)),
		StopTimeout:         pulumi.Int(max(s.grace, 10)),
	}
	if user := img.needs.User; user != "" {
		args.User = pulumi.String(user)
	}
	if folders := img.tmpfs(c); len(folders) > 0 {
		args.Tmpfs = folders
	}
	if len(s.command) > 0 {
		args.Command = pulumi.ToStringArray(s.command)
	}
	if c.Volume != "" {
		args.Volumes = docker.ContainerVolumeArray{docker.ContainerVolumeArgs{
			VolumeName: pulumi.String(c.Volume), ContainerPath: pulumi.String(c.Mount),
		}}
	}
	if s.untilDone {
		args.Restart = pulumi.String("no")
		args.Attach, args.MustRun, args.Logs = pulumi.Bool(true), pulumi.Bool(false), pulumi.Bool(true)
	} else {
		args.Healthcheck = img.healthcheck()
	}
	opts = append(opts,
		pulumi.DependsOn([]pulumi.Resource{d.net}),
		pulumi.DeleteBeforeReplace(true),
		pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeCreate: []*pulumi.ResourceHook{d.hook.clearName}}),
		// The provider plans these as updates and then changes nothing.
		pulumi.ReplaceOnChanges([]string{"healthcheck", "tmpfs", "cpus"}),
	)
	return docker.NewContainer(d.ctx, c.Name, args, opts...)
}

// service declares a container that runs on, and the wait until its health
// check passes. Who needs it to serve depends on the wait.
func (d *deployment) service(c topology.Container, s spec, opts ...pulumi.ResourceOption) (*docker.Container, *sdk.Service, error) {
	container, err := d.container(c, s, opts...)
	if err != nil {
		return nil, nil, err
	}
	service, err := sdk.NewService(d.ctx, c.Name, &sdk.ServiceArgs{ContainerArgs: d.waitFor(c, container)})
	return container, service, err
}

// waitFor is how a declared container is waited for.
func (d *deployment) waitFor(c topology.Container, declared *docker.Container) sdk.ContainerArgs {
	return sdk.ContainerArgs{
		Container: c.Name, ContainerID: declared.ID().ToStringOutput(), Network: d.plan.Network, Aliases: c.Aliases,
		Origins: d.origins(c), TimeoutSeconds: d.timeout(),
	}
}

func (d *deployment) labels(c topology.Container) (labels docker.ContainerLabelArray) {
	for _, l := range [][2]string{
		{labelImages, string(d.source)}, {labelRole, string(c.Role)}, {LabelStack, d.ctx.Stack()},
	} {
		labels = append(labels, docker.ContainerLabelArgs{Label: pulumi.String(l[0]), Value: pulumi.String(l[1])})
	}
	return labels
}

func (d *deployment) ports(c topology.Container) docker.ContainerPortArray {
	var ports docker.ContainerPortArray
	for _, p := range c.Ports {
		ports = append(ports, docker.ContainerPortArgs{
			Internal: pulumi.Int(p.Internal), External: pulumi.Int(p.External),
			Ip: pulumi.String(d.plan.BindAddress), Protocol: pulumi.String("tcp"),
		})
	}
	return ports
}
