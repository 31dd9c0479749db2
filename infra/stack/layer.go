package stack

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// layer is a component that holds the resources of one layer.
type layer struct{ pulumi.ResourceState }

// layer declares one; what is declared with the answer is in it.
func (d *deployment) layer(name string) (under pulumi.ResourceOption, err error) {
	l := &layer{}
	if err := d.ctx.RegisterComponentResource("speedscale:stack:Layer", name, l, adopts); err != nil {
		return nil, err
	}
	return pulumi.Parent(l), d.ctx.RegisterResourceOutputs(l, pulumi.Map{})
}

// adopts makes a component take over what stands outside of all components, as
// everything did once. Without it, an update of such a stack would delete it all,
// with the data, and create it anew.
var adopts = pulumi.Transformations([]pulumi.ResourceTransformation{
	func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		if _, real := args.Resource.(pulumi.CustomResource); !real {
			return nil
		}
		before := pulumi.Aliases([]pulumi.Alias{{NoParent: pulumi.Bool(true)}})
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: append(args.Opts, before)}
	},
})
