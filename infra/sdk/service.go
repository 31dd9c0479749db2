package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// ServiceArgs describes a container to wait for.
type ServiceArgs struct{ ContainerArgs }

// Service exists once the container's own health check passes.
type Service struct{ pulumi.CustomResourceState }

// NewService registers a Service.
func NewService(ctx *pulumi.Context, name string, args *ServiceArgs, opts ...pulumi.ResourceOption) (*Service, error) {
	var res Service
	err := register(ctx, "Service", name, args.inputs(), &res, opts)
	return &res, err
}
