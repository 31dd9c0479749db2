package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// JobArgs describes what a one-shot container did to a collection.
type JobArgs struct {
	Container      string             // the container's name
	ContainerID    pulumi.StringInput // Docker's id of it
	Indexes        []string           // that the container makes
	Router         Endpoint
	Database       string
	Collection     string
	Undone         []string // for a refresh to fill in
	TimeoutSeconds int      // that the container may run; 0: the provider's default, 180
}

// Job knows the indexes that the container makes, and runs it again when they
// are gone.
type Job struct{ pulumi.CustomResourceState }

// NewJob registers a Job. It must come after the container's end.
func NewJob(ctx *pulumi.Context, name string, args *JobArgs, opts ...pulumi.ResourceOption) (*Job, error) {
	var res Job
	err := register(ctx, "Job", name, args.inputs(), &res, opts)
	return &res, err
}

func (args *JobArgs) inputs() inputs {
	in := inputs{
		"container": pulumi.String(args.Container), "containerId": args.ContainerID, "router": args.Router.inputs(),
		"database": pulumi.String(args.Database), "collection": pulumi.String(args.Collection),
		"indexes": pulumi.ToStringArray(args.Indexes),
	}
	if len(args.Undone) > 0 {
		in["undone"] = pulumi.ToStringArray(args.Undone)
	}
	return in.number("timeoutSeconds", args.TimeoutSeconds)
}
