package fake

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"speedscale/infra/mongoadmin"
)

// SetStatus is described at SetAdmin.
func (c *Cluster) SetStatus(ctx context.Context, at mongoadmin.Endpoint) (mongoadmin.SetStatus, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.setOf(ctx, "SetStatus", at)
	if err != nil {
		return mongoadmin.SetStatus{}, err
	}
	c.settle(s)
	status := mongoadmin.SetStatus{Set: s.config.Name}
	for _, m := range s.config.Members {
		member := mongoadmin.MemberStatus{Host: m.Host, Self: m.Host == at.Host, State: mongoadmin.StateSecondary}
		switch {
		case c.mistaken[[2]string{at.Host, m.Host}]:
			member.State, member.Message = mongoadmin.StateDown, "replica set IDs do not match, ours: 1; remote node's: 2"
		case !c.up(m.Host, s):
			member.State, member.Message = mongoadmin.StateDown, "connection refused"
		case s.syncing[m.Host]:
			member.State, member.Message = mongoadmin.StateStartup2, "initial sync"
		case m.Host == s.primary:
			member.State = mongoadmin.StatePrimary
		}
		member.Applied = member.State.Ready()
		status.Members = append(status.Members, member)
	}
	return status, nil
}

// SetConfig is described at SetAdmin.
func (c *Cluster) SetConfig(ctx context.Context, at mongoadmin.Endpoint) (mongoadmin.SetConfig, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.setOf(ctx, "SetConfig", at)
	if err != nil {
		return mongoadmin.SetConfig{}, err
	}
	config := s.config
	config.Members = slices.Clone(config.Members)
	return config, nil
}

// setOf is the set that the endpoint is a member of.
func (c *Cluster) setOf(ctx context.Context, method string, at mongoadmin.Endpoint) (*set, error) {
	if err := c.enter(ctx, method, at); err != nil {
		return nil, err
	}
	c.told(at.Host)
	s := c.node(at.Host).set
	if s == nil {
		return nil, fmt.Errorf("%s: %w", at.Host, mongoadmin.ErrNotInitiated)
	}
	return s, nil
}

// Initiate is described at SetAdmin.
func (c *Cluster) Initiate(ctx context.Context, at mongoadmin.Endpoint, config mongoadmin.SetConfig) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "Initiate", at); err != nil {
		return err
	}
	if err := config.Validate(); err != nil {
		return err
	}
	for _, m := range config.Members {
		n := c.node(m.Host)
		if n.down {
			return fmt.Errorf("%s: %w: quorum check failed, no answer from %s", at.Host, mongoadmin.ErrUnreachable, m.Host)
		}
		if n.set != nil {
			return fmt.Errorf("%s: already initialized: %s has a configuration", at.Host, m.Host)
		}
	}
	c.lastSetID++
	config.ID, config.Version = fmt.Sprintf("%024d", c.lastSetID), 1
	config.Members = slices.Clone(config.Members)
	s := &set{id: config.ID, config: config, unrest: c.Patience, syncing: map[string]bool{}}
	c.sets[s.id] = s
	for _, m := range config.Members {
		c.node(m.Host).set = s
		s.syncing[m.Host] = true
	}
	c.record("replSetInitiate %s on %s with %s", config.Name, at.Host, hostsOf(config))
	return nil
}

func hostsOf(config mongoadmin.SetConfig) string {
	text := ""
	for i, m := range config.Members {
		if i > 0 {
			text += " "
		}
		text += m.Host
		if m.Votes == 0 {
			text += "(no vote)"
		}
		if m.Priority != 1 && m.Votes == 1 {
			text += fmt.Sprintf("(priority %v)", m.Priority)
		}
		if m.Hidden {
			text += "(hidden)"
		}
	}
	return text
}

// StepUp is described at SetAdmin.
func (c *Cluster) StepUp(ctx context.Context, at mongoadmin.Endpoint) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.setOf(ctx, "StepUp", at)
	if err != nil {
		return err
	}
	if !c.majority(s, s.config) || !s.config.Electable(at.Host) {
		return fmt.Errorf("%s: %w: election failed", at.Host, mongoadmin.ErrUnreachable)
	}
	delete(s.syncing, at.Host)
	s.primary, s.barred = at.Host, nil
	return nil
}

// StepDown is described at SetAdmin.
func (c *Cluster) StepDown(ctx context.Context, at mongoadmin.Endpoint) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.primaryOf(ctx, "StepDown", at)
	if err != nil {
		return err
	}
	s.barred = map[string]bool{at.Host: true}
	s.disturb(c.Patience)
	c.record("replSetStepDown on %s", at.Host)
	return nil
}

// Mistake has a member hold a connection to one of another set where host was.
func (c *Cluster) Mistake(member, host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mistaken[[2]string{member, host}] = true
}

// DropConnections is described at SetAdmin.
func (c *Cluster) DropConnections(ctx context.Context, at mongoadmin.Endpoint, host string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.setOf(ctx, "DropConnections", at); err != nil {
		return err
	}
	delete(c.mistaken, [2]string{at.Host, host})
	c.record("dropConnections on %s to %s", at.Host, host)
	return nil
}

func (c *Cluster) primaryOf(ctx context.Context, method string, at mongoadmin.Endpoint) (*set, error) {
	s, err := c.setOf(ctx, method, at)
	if err != nil {
		return nil, err
	}
	if s.primary != at.Host {
		return nil, fmt.Errorf("%s: %w: not primary", at.Host, mongoadmin.ErrUnreachable)
	}
	return s, nil
}

// Reconfigure is described at SetAdmin.
func (c *Cluster) Reconfigure(ctx context.Context, at mongoadmin.Endpoint, config mongoadmin.SetConfig) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.primaryOf(ctx, "Reconfigure", at)
	if err != nil {
		return err
	}
	if err := c.acceptable(s, at.Host, config); err != nil {
		return fmt.Errorf("%s: %w", at.Host, err)
	}
	for _, m := range s.config.Members {
		if _, stays := config.Member(m.Host); !stays && c.node(m.Host).set == s {
			c.node(m.Host).set = nil
		}
	}
	s.config.Members, s.config.Settings = slices.Clone(config.Members), config.Settings
	s.config.Version++
	c.record("replSetReconfig %s to %s", s.config.Name, hostsOf(config))
	return nil
}

// acceptable keeps MongoDB's rules for a new configuration.
func (c *Cluster) acceptable(s *set, primary string, config mongoadmin.SetConfig) error {
	if config.Version != s.config.Version {
		return fmt.Errorf("%w: version %d, expected %d", mongoadmin.ErrConfigChanged, s.config.Version, config.Version)
	}
	if err := config.Validate(); err != nil {
		return err
	}
	changed := 0
	for _, m := range config.Members {
		if old, _ := s.config.Member(m.Host); old.Votes != m.Votes {
			changed++
		}
	}
	for _, m := range s.config.Members {
		if _, stays := config.Member(m.Host); !stays {
			changed += m.Votes
		}
	}
	switch {
	case changed > 1:
		return fmt.Errorf("%d voters changed at once", changed)
	case !config.Electable(primary):
		return errors.New("this node is not electable under the new configuration")
	case !c.majority(s, config):
		return errors.New("no majority under the new configuration")
	}
	return nil
}
