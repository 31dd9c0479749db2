package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// ContainerArgs describes a container to wait for.
type ContainerArgs struct {
	Container   string             // the container's name
	ContainerID pulumi.StringInput // Docker's id of it: another one means waiting again
	Network     string             // that it belongs on
	Aliases     []string           // its names there
	Processes   int                // the most that it may have there, threads included; 0: any number
	// Origins are the settings that its values come from, by a word that its log has
	// when one is wrong; "memory" stands for its limit.
	Origins        map[string]string
	TimeoutSeconds int // 0: the provider's default, 180
}

func (args *ContainerArgs) inputs() inputs {
	in := inputs{"container": pulumi.String(args.Container), "containerId": args.ContainerID}
	if args.Network != "" {
		in["network"], in["aliases"] = pulumi.String(args.Network), pulumi.ToStringArray(args.Aliases)
	}
	if len(args.Origins) > 0 {
		in["origins"] = pulumi.ToStringMap(args.Origins)
	}
	return in.number("processes", args.Processes).number("timeoutSeconds", args.TimeoutSeconds)
}
