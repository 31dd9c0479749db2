package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/mongoadmin"
)

// User is a user of the cluster.
type User struct{ connect Connect }

// UserArgs are a User's inputs.
type UserArgs struct {
	Name           string     `pulumi:"name" provider:"replaceOnChanges"`
	Password       string     `pulumi:"password" provider:"secret"`
	Roles          []Role     `pulumi:"roles"`
	Members        []Endpoint `pulumi:"members"`
	TimeoutSeconds int        `pulumi:"timeoutSeconds,optional"`
}

// Role is a role of a user.
type Role struct {
	Name     string `pulumi:"name"`
	Database string `pulumi:"database"`
}

// UserState is a User's outputs.
type UserState struct{ UserArgs }

// Annotate describes the resource.
func (u *User) Annotate(a infer.Annotator) {
	a.Describe(&u, "A user of a sharded cluster, who logs in at the database admin. When a refresh finds that the user is gone, has other roles or another password, "+
		"the next update mends it.")
}

// Annotate describes the inputs.
func (args *UserArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Name, "Name of the user.")
	a.Describe(&args.Password, "Password of the user.")
	a.Describe(&args.Roles, "Roles of the user.")
	a.Describe(&args.Members, "The config servers, who keep the users of the cluster.")
	a.Describe(&args.TimeoutSeconds, "How long to wait for a primary of the config servers, in seconds.")
	a.SetDefault(&args.TimeoutSeconds, 180)
}

// Annotate describes the inputs.
func (r *Role) Annotate(a infer.Annotator) {
	a.Describe(&r.Name, `Name of the role, such as "readWrite".`)
	a.Describe(&r.Database, `Database to which the role applies, or in which it is defined, such as "admin".`)
}

// Check reports every mistake in the inputs.
func (u *User) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[UserArgs], error) {
	args, failures, err := infer.DefaultCheck[UserArgs](ctx, req.NewInputs)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[UserArgs]{Inputs: args, Failures: failures}, err
	}
	var c checks
	c.timeout(args.TimeoutSeconds)
	for i, m := range args.Members {
		c.host(fmt.Sprintf("members[%d].host", i), m.Host)
	}
	if len(args.Members) == 0 && !req.NewInputs.Get("members").HasComputed() {
		c.add("members", "is empty, must list the config servers")
	}
	return infer.CheckResponse[UserArgs]{Inputs: args, Failures: c}, nil
}

// Create creates the user, or takes over one of that name.
func (u *User) Create(ctx context.Context, req infer.CreateRequest[UserArgs]) (infer.CreateResponse[UserState], error) {
	resp := infer.CreateResponse[UserState]{ID: req.Inputs.Name, Output: UserState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	return resp, u.set(ctx, req.Inputs)
}

// Update sets the password and the roles.
func (u *User) Update(ctx context.Context, req infer.UpdateRequest[UserArgs, UserState]) (infer.UpdateResponse[UserState], error) {
	resp := infer.UpdateResponse[UserState]{Output: UserState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	return resp, u.set(ctx, req.Inputs)
}

func (u *User) set(ctx context.Context, args UserArgs) error {
	clients, err := u.connect()
	if err != nil {
		return err
	}
	ctx, cancel := deadline(ctx, args.TimeoutSeconds)
	defer cancel()
	return wait(ctx, "user "+args.Name, pollInterval, func(ctx context.Context) (string, error) {
		primary, err := primaryOf(ctx, clients.Admin, args.Members)
		if err != nil {
			return "", err
		}
		return "", clients.Admin.SetUser(ctx, primary, mongoadmin.User{Name: args.Name, Password: args.Password, Roles: args.roles()})
	})
}

func (args UserArgs) roles() (roles []mongoadmin.Role) {
	for _, r := range args.Roles {
		roles = append(roles, mongoadmin.Role{Name: r.Name, Database: r.Database})
	}
	return mongoadmin.SortRoles(roles)
}

// primaryOf returns the primary of a set's members. The error says why there is
// none, and passes.
func primaryOf(ctx context.Context, admin mongoadmin.Admin, members []Endpoint) (mongoadmin.Endpoint, error) {
	var failures []error
	for _, m := range members {
		hello, err := admin.Hello(ctx, m.admin())
		if err == nil && hello.Writable {
			return m.admin(), nil
		}
		failures = append(failures, err)
	}
	return mongoadmin.Endpoint{}, fmt.Errorf("%w: no primary of the config servers: %w", mongoadmin.ErrUnreachable, errors.Join(failures...))
}

// Read finds out whether the user exists, has these roles and this password.
func (u *User) Read(ctx context.Context, req infer.ReadRequest[UserArgs, UserState]) (infer.ReadResponse[UserArgs, UserState], error) {
	resp := infer.ReadResponse[UserArgs, UserState](req)
	clients, err := u.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	args := req.Inputs
	primary, err := primaryOf(ctx, clients.Admin, args.Members)
	if err != nil {
		return resp, initFailed("user %s: cannot be read: %s", args.Name, err)
	}
	roles, err := clients.Admin.UserRoles(ctx, primary, args.Name)
	switch {
	case errors.Is(err, mongoadmin.ErrNoUser):
		resp.ID = ""
		return resp, nil
	case err != nil:
		return resp, initFailed("user %s: cannot be read: %s", args.Name, err)
	case !slices.Equal(roles, args.roles()):
		return resp, initFailed("user %s: has other roles: %v", args.Name, roles)
	}
	if err := clients.Admin.LogIn(ctx, primary, args.Name, args.Password); err != nil {
		return resp, initFailed("user %s: %s", args.Name, err)
	}
	return resp, nil
}

// dropTimeout is how long Delete waits for a primary of the config servers.
const dropTimeout = 10 * time.Second

// Delete drops the user. If the config servers do not answer, the user is left to
// them: a cluster that is broken must not keep a stack from being destroyed.
func (u *User) Delete(ctx context.Context, req infer.DeleteRequest[UserState]) (infer.DeleteResponse, error) {
	clients, err := u.connect()
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, dropTimeout)
	defer cancel()
	err = wait(ctx, "user "+req.State.Name, pollInterval, func(ctx context.Context) (string, error) {
		primary, err := primaryOf(ctx, clients.Admin, req.State.Members)
		if err != nil {
			return "", err
		}
		return "", clients.Admin.DropUser(ctx, primary, req.State.Name)
	})
	if errors.Is(err, errGaveUp) {
		p.GetLogger(ctx).Warningf("the user is not dropped: %s", err)
		return infer.DeleteResponse{}, nil
	}
	return infer.DeleteResponse{}, err
}
