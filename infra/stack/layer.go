package stack

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// layer is a component that holds the resources of one layer.
type layer struct{ pulumi.ResourceState }

// layer declares a layer. It returns the option that puts a resource into it.
func (d *deployment) layer(name string) (parent pulumi.ResourceOption, err error) {
	l := &layer{}
	if err := d.ctx.RegisterComponentResource("speedscale:stack:Layer", name, l, adoptUnparented); err != nil {
		return nil, err
	}
	return pulumi.Parent(l), d.ctx.RegisterResourceOutputs(l, pulumi.Map{})
}

// adoptUnparented gives every resource in a component an alias without a parent.
// Older stacks have all resources directly below the stack. Without the aliases, an
// update of such a stack would delete everything, including the data, and create it
// again.
var adoptUnparented = pulumi.Transformations([]pulumi.ResourceTransformation{
	func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		if _, custom := args.Resource.(pulumi.CustomResource); !custom {
			return nil
		}
		alias := pulumi.Aliases([]pulumi.Alias{{NoParent: pulumi.Bool(true)}})
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: append(args.Opts, alias)}
	},
})
