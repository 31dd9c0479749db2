package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// UserArgs describes a user of a sharded cluster.
type UserArgs struct {
	Name           string
	Password       pulumi.StringInput
	Roles          []Role
	Members        []Endpoint // the config servers
	TimeoutSeconds int        // to wait for a primary of the config servers; 0: the provider's default, 180
}

// Role is a role of a user.
type Role struct {
	Name     string // "readWrite"
	Database string // to which it applies, or in which it is defined: "speedscale", "admin"
}

// User is a user, who logs in at the database admin.
type User struct{ pulumi.CustomResourceState }

// NewUser registers a User.
func NewUser(ctx *pulumi.Context, name string, args *UserArgs, opts ...pulumi.ResourceOption) (*User, error) {
	var res User
	err := register(ctx, "User", name, args.inputs(), &res, opts)
	return &res, err
}

func (args *UserArgs) inputs() inputs {
	var roles pulumi.Array
	for _, r := range args.Roles {
		roles = append(roles, pulumi.Map{"name": pulumi.String(r.Name), "database": pulumi.String(r.Database)})
	}
	return inputs{
		"name": pulumi.String(args.Name), "password": pulumi.ToSecret(args.Password), "roles": roles, "members": endpoints(args.Members),
	}.number("timeoutSeconds", args.TimeoutSeconds)
}
