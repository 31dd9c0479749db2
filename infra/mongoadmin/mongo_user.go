package mongoadmin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"speedscale/infra/router/auth"
)

// UserAdmin manages the users of a cluster, who are kept by its config servers, in
// the database admin.
type UserAdmin interface {
	// UserRoles returns the roles of a user, sorted; ErrNoUser if there is none of
	// that name.
	UserRoles(ctx context.Context, config Endpoint, name string) ([]Role, error)
	// SetUser creates the user, or gives an existing one this password and these
	// roles. config must be the primary of the config servers.
	SetUser(ctx context.Context, config Endpoint, user User) error
	// DropUser deletes a user. One who does not exist is no error.
	DropUser(ctx context.Context, config Endpoint, name string) error
	// LogIn tries a name and password, and leaves no connection behind. ErrLogin if
	// they are wrong.
	LogIn(ctx context.Context, at Endpoint, name, password string) error
}

// User is a user of the database admin.
type User struct {
	Name, Password string
	Roles          []Role
}

// Role is a role that a user has, such as readWrite in one database.
type Role struct {
	Name     string `bson:"role"`
	Database string `bson:"db"`
}

// SortRoles puts roles in the order in which UserRoles returns them.
func SortRoles(roles []Role) []Role {
	return slices.SortedFunc(slices.Values(roles), func(a, b Role) int {
		return slices.Compare([]string{a.Database, a.Name}, []string{b.Database, b.Name})
	})
}

// UserRoles is described at UserAdmin.
func (m *Mongo) UserRoles(ctx context.Context, config Endpoint, name string) ([]Role, error) {
	var reply struct {
		Users []struct {
			Roles []Role `bson:"roles"`
		} `bson:"users"`
	}
	if err := m.admin(ctx, config, askTimeout, bson.D{{Key: "usersInfo", Value: name}}, &reply); err != nil {
		return nil, err
	}
	if len(reply.Users) == 0 {
		return nil, fmt.Errorf("%s: %w: %s", config.Host, ErrNoUser, name)
	}
	return SortRoles(reply.Users[0].Roles), nil
}

// SetUser is described at UserAdmin.
func (m *Mongo) SetUser(ctx context.Context, config Endpoint, user User) error {
	err := m.user(ctx, config, "createUser", user)
	if hasCode(err, codeUserAlreadyExists) {
		err = m.user(ctx, config, "updateUser", user)
	}
	return err
}

func (m *Mongo) user(ctx context.Context, config Endpoint, command string, user User) error {
	return m.admin(ctx, config, orderTimeout, bson.D{
		{Key: command, Value: user.Name},
		{Key: "pwd", Value: user.Password},
		{Key: "roles", Value: user.Roles},
		{Key: "mechanisms", Value: bson.A{"SCRAM-SHA-256"}},
		inMajority,
	}, nil)
}

// DropUser is described at UserAdmin.
func (m *Mongo) DropUser(ctx context.Context, config Endpoint, name string) error {
	err := m.admin(ctx, config, orderTimeout, bson.D{{Key: "dropUser", Value: name}, inMajority}, nil)
	if hasCode(err, codeUserNotFound) {
		return nil
	}
	return err
}

// LogIn is described at UserAdmin.
func (m *Mongo) LogIn(ctx context.Context, at Endpoint, name, password string) error {
	return inTime(ctx, func(ctx context.Context) error { return m.tryLogin(ctx, at, name, password) })
}

func (m *Mongo) tryLogin(ctx context.Context, at Endpoint, name, password string) error {
	as, err := m.keys.readEntry(ctx, at)
	if err != nil {
		return err
	}
	conn, err := as.connect(ctx, at, func() (net.Conn, error) { return m.dial(ctx, at, at.Host) })
	if err != nil {
		return fmt.Errorf("%s: %w: %w", at.Host, ErrUnreachable, err)
	}
	defer func() { _ = conn.Close() }()
	err = logIn(ctx, conn, func(ctx context.Context, ask auth.Ask) error {
		return auth.LogIn(ctx, auth.Name{Name: name, DB: "admin"}, password, ask)
	})
	switch {
	case errors.Is(err, ErrLogin):
		return fmt.Errorf("log in as %s: %w", name, err)
	case err != nil:
		return fmt.Errorf("%s: %w: %w", at.Host, ErrUnreachable, err)
	}
	return nil
}

// inMajority has a command wait until most members have its change.
var inMajority = bson.E{Key: "writeConcern", Value: bson.D{{Key: "w", Value: "majority"}}}
