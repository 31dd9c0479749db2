package containers

import (
	"cmp"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/sdk"
	"speedscale/infra/topology"
	"speedscale/internal/secretfile"
)

// Labels on everything that belongs to a stack.
const (
	LabelStack = "speedscale.stack" // the owner; for a SpeedScale stack, the stack's name
	LabelRole  = "speedscale.role"  // the container's role
)

// LabelSecrets is the label on the volumes with secrets. They do not have LabelStack,
// since they are not the stack's to keep or to remove: Docker removes each with its
// container. The value is the same.
const LabelSecrets = "speedscale.secrets"

// Spec says what a container runs. Its name, network aliases, ports and memory
// come from the plan.
type Spec struct {
	Image   Image
	Command []string
	Env     []string // "NAME=value"
	Grace   int      // seconds from SIGTERM to SIGKILL, clamped to 10–30
	OneShot bool     // the container runs once: the deployment waits until it exits, and keeps its log

	Labels map[string]string // besides those of all containers on the network
	// Secrets are files that the container finds in secretfile.Dir, by name. They are
	// shown neither by docker inspect nor in Pulumi's state.
	Secrets map[string]pulumi.StringInput
	// Files are secrets that others replace while the container runs. They do not
	// replace it, so a program must know about them.
	Files Files
	// Entrypoint replaces that of the image, and User the user that the image runs
	// as; empty: the image's own.
	Entrypoint []string
	User       string
	Tmpfs      map[string]string // further tmpfs mounts: their options, by path
}

// Files are secrets by name, and the resources that they come from.
type Files struct {
	Contents map[string]pulumi.StringInput
	From     []pulumi.Resource
}

// Limits for the seconds that a container may take to stop.
const minGrace, maxGrace = 10, 30

// tcpRetries limits how often TCP sends again, so that a connection breaks about 3 s
// after something was sent to a peer that vanished without closing it, because
// its address changed with the network or its machine is cut off. Linux's
// default takes 15 minutes, and MongoDB's connection pools keep such connections
// until a client times out. A busy or paused process is not affected, since its
// kernel still acknowledges.
const tcpRetries = "3"

// processes is the most processes, threads included, that a container may have. A
// mongod or a mongos has a thread for each connection. Linux's default for the
// whole machine is 32768.
const processes = 4096

// Exceptions lists what containers go without that all others have: why, by role
// and Docker's name of the property. Tests demand everything else.
var Exceptions = map[topology.Role]map[string]string{
	topology.Init: {"PidsLimit": "the Docker provider has no such property, and returns when the container has exited"},
}

// Container declares a container of the plan. Every property is written the way
// Docker reports it, since any other spelling is a diff at each refresh.
func (n *Network) Container(ctx *pulumi.Context, c topology.Container, s Spec, opts ...pulumi.ResourceOption) (*docker.Container, error) {
	grace := min(max(s.Grace, minGrace), maxGrace)
	args := &docker.ContainerArgs{
		Name:    pulumi.String(c.Name),
		Image:   s.Image.ID,
		Labels:  n.labels(c, s),
		Memory:  pulumi.Int(c.Memory),
		Restart: pulumi.String("unless-stopped"),
		// Unless this is set, Docker grants as much swap again.
		MemorySwap: pulumi.Int(c.Memory),
		LogDriver:  pulumi.String("json-file"),
		LogOpts:    pulumi.StringMap{"max-size": pulumi.String("10m"), "max-file": pulumi.String("3")},
		// The plain name, not the network resource's output: with the output,
		// replacing the network would replace every container.
		NetworkMode: pulumi.String("bridge"),
		NetworksAdvanced: docker.ContainerNetworksAdvancedArray{docker.ContainerNetworksAdvancedArgs{
			Name: pulumi.String(n.Name), Aliases: pulumi.ToStringArray(c.Aliases),
		}},
		Ports:   n.ports(c),
		Sysctls: pulumi.StringMap{"net.ipv4.tcp_retries2": pulumi.String(tcpRetries)},
		// By default Docker forwards a lookup of a container that is gone to the host's
		// name server. A mongod resolves one name at a time, so a lost reply delays all
		// its new connections by 5 s. With these options Docker itself answers that the
		// name does not exist (docs/decisions/0013).
		DnsOpts: pulumi.ToStringArray([]string{"ndots:1"}), DnsSearches: pulumi.ToStringArray([]string{"."}),
		// Without it the provider kills the container at once.
		DestroyGraceSeconds: pulumi.Int(grace),
		StopTimeout:         pulumi.Int(grace),
		// What a program writes goes to volumes and tmpfs mounts. Docker's seccomp
		// profile applies because nothing here replaces it; see also processes.
		ReadOnly:     pulumi.Bool(true),
		Capabilities: docker.ContainerCapabilitiesArgs{Drops: pulumi.ToStringArray([]string{"ALL"})},
		SecurityOpts: pulumi.ToStringArray([]string{"no-new-privileges"}),
		Volumes:      n.volumes(c, s),
	}
	if user := cmp.Or(s.User, s.Image.Needs.User); user != "" {
		args.User = pulumi.String(user)
	}
	if folders := s.tmpfs(c); len(folders) > 0 {
		args.Tmpfs = folders
	}
	if len(s.Entrypoint) > 0 {
		args.Entrypoints = pulumi.ToStringArray(s.Entrypoint)
	}
	if len(s.Command) > 0 {
		args.Command = pulumi.ToStringArray(s.Command)
	}
	if len(s.Env) > 0 {
		args.Envs = pulumi.ToStringArray(s.Env)
	}
	if s.OneShot {
		args.Restart = pulumi.String("no")
		args.Attach, args.MustRun, args.Logs = pulumi.Bool(true), pulumi.Bool(false), pulumi.Bool(true)
	} else {
		args.Healthcheck = s.Image.healthcheck()
	}
	opts = append(opts,
		pulumi.DependsOn(append([]pulumi.Resource{n.network}, s.Files.From...)),
		pulumi.DeleteBeforeReplace(true),
		pulumi.ResourceHooks(&pulumi.ResourceHookBinding{
			BeforeCreate: []*pulumi.ResourceHook{n.beforeCreate}, AfterCreate: []*pulumi.ResourceHook{n.afterCreate},
		}),
		// The provider plans updates of these in place, but does not carry them out.
		pulumi.ReplaceOnChanges([]string{"healthcheck", "tmpfs", "cpus"}),
	)
	return docker.NewContainer(ctx, c.Name, args, opts...)
}

// volumes returns the volumes of a container: the one with its data, and the one with
// its secrets.
func (n *Network) volumes(c topology.Container, s Spec) (volumes docker.ContainerVolumeArray) {
	if c.Volume != "" {
		volumes = append(volumes, docker.ContainerVolumeArgs{VolumeName: pulumi.String(c.Volume), ContainerPath: pulumi.String(c.Mount)})
	}
	// Files can be replaced only in a volume that the container may write to. They
	// belong to root, so its program may not.
	switch {
	case len(s.Files.Contents) > 0:
		volumes = append(volumes, docker.ContainerVolumeArgs{FromContainer: pulumi.Sprintf("%s:rw", n.holder(c, s))})
	case len(s.Secrets) > 0:
		volumes = append(volumes, docker.ContainerVolumeArgs{FromContainer: pulumi.Sprintf("%s:ro", n.holder(c, s))})
	}
	return volumes
}

// Service declares a container that keeps running, and the sdk.Service that waits
// until its health check passes. Resources that need the container to serve must
// depend on the latter. parent applies to both, opts to the container only.
func (n *Network) Service(ctx *pulumi.Context, c topology.Container, s Spec, parent pulumi.ResourceOption, opts ...pulumi.ResourceOption) (*docker.Container, *sdk.Service, error) {
	container, err := n.Container(ctx, c, s, append(opts, parent)...)
	if err != nil {
		return nil, nil, err
	}
	service, err := sdk.NewService(ctx, c.Name, &sdk.ServiceArgs{ContainerArgs: n.WaitArgs(c, container)}, parent)
	return container, service, err
}

// WaitArgs returns the arguments for a resource that waits for a declared
// container.
func (n *Network) WaitArgs(c topology.Container, declared *docker.Container) sdk.ContainerArgs {
	args := sdk.ContainerArgs{
		Container: c.Name, ContainerID: declared.ID().ToStringOutput(), Network: n.Name, Aliases: c.Aliases,
		Processes: processes, TimeoutSeconds: n.TimeoutSeconds(),
	}
	if n.Origins != nil {
		args.Origins = n.Origins(c)
	}
	return args
}

// TimeoutSeconds is Timeout in seconds, as the provider's resources take it.
func (n *Network) TimeoutSeconds() int { return int(n.Timeout.Seconds()) }

func (n *Network) labels(c topology.Container, s Spec) (labels docker.ContainerLabelArray) {
	all := map[string]string{LabelRole: string(c.Role), LabelStack: n.Owner}
	if len(s.Files.Contents) > 0 {
		all[secretfile.LabelTLS] = "on"
	}
	maps.Copy(all, n.Labels)
	maps.Copy(all, s.Labels)
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
