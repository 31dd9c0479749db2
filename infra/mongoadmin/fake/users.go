package fake

import (
	"context"
	"fmt"

	"speedscale/infra/mongoadmin"
)

// UserRoles is described at UserAdmin.
func (c *Cluster) UserRoles(ctx context.Context, config mongoadmin.Endpoint, name string) ([]mongoadmin.Role, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "UserRoles", config); err != nil {
		return nil, err
	}
	user, ok := c.users[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w: %s", config.Host, mongoadmin.ErrNoUser, name)
	}
	return mongoadmin.SortRoles(user.Roles), nil
}

// SetUser is described at UserAdmin.
func (c *Cluster) SetUser(ctx context.Context, config mongoadmin.Endpoint, user mongoadmin.User) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "SetUser", config); err != nil {
		return err
	}
	if s := c.node(config.Host).set; s == nil || s.primary != config.Host {
		return fmt.Errorf("%s: is not the primary", config.Host)
	}
	c.users[user.Name] = user
	c.record("setUser %s", user.Name)
	return nil
}

// DropUser is described at UserAdmin.
func (c *Cluster) DropUser(ctx context.Context, config mongoadmin.Endpoint, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "DropUser", config); err != nil {
		return err
	}
	if _, ok := c.users[name]; ok {
		delete(c.users, name)
		c.record("dropUser %s", name)
	}
	return nil
}

// LogIn is described at UserAdmin.
func (c *Cluster) LogIn(ctx context.Context, at mongoadmin.Endpoint, name, password string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "LogIn", at); err != nil {
		return err
	}
	if user, ok := c.users[name]; !ok || user.Password != password {
		return fmt.Errorf("log in as %s: %w", name, mongoadmin.ErrLogin)
	}
	return nil
}
