package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// SecretArgs describes a random text.
type SecretArgs struct {
	Length     int // characters; 0: the provider's default, 32
	Generation int // another one means another text; 0: 1
}

// Secret is a random text of letters and digits.
type Secret struct {
	pulumi.CustomResourceState

	Value pulumi.StringOutput `pulumi:"value"` // marked as secret
}

// NewSecret registers a Secret.
func NewSecret(ctx *pulumi.Context, name string, args *SecretArgs, opts ...pulumi.ResourceOption) (*Secret, error) {
	var res Secret
	err := register(ctx, "Secret", name, args.inputs(), &res, opts)
	return &res, err
}

func (args *SecretArgs) inputs() inputs {
	return inputs{}.number("length", args.Length).number("generation", args.Generation)
}
