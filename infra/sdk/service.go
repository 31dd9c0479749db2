package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// ServiceArgs describes a container to wait for.
type ServiceArgs struct {
	Container      string             // the container's name
	ContainerID    pulumi.StringInput // Docker's id of it: another one means waiting again
	TimeoutSeconds int                // 0: the provider's default, 180
}

// Service exists once the container's own health check passes.
type Service struct{ pulumi.CustomResourceState }

// NewService registers a Service.
func NewService(ctx *pulumi.Context, name string, args *ServiceArgs, opts ...pulumi.ResourceOption) (*Service, error) {
	var res Service
	err := register(ctx, "Service", name, args.inputs(), &res, opts)
	return &res, err
}

func (args *ServiceArgs) inputs() inputs {
	in := inputs{"container": pulumi.String(args.Container), "containerId": args.ContainerID}
	return in.number("timeoutSeconds", args.TimeoutSeconds)
}
