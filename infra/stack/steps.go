package stack

import (
	"context"

	"speedscale/infra/cluster"
	"speedscale/infra/config"
)

// Steps is what one deployment does about the changes that take several: whatever is
// replaced works together with all that stands, so two that share nothing must not
// meet. What the next step is follows from the settings and from what stands, so a
// deployment that was killed is followed by one that goes on.
type Steps struct {
	Logins  Logins
	Keyfile Keyfile
	TLS     TLS
}

// NextSteps returns what the next deployment does. Without an answer from Docker it
// takes the stack for a new one.
func NextSteps(ctx context.Context, cfg config.Config, stack string) Steps {
	standing := deployedContainers(ctx, stack)
	next := Steps{TLS: nextTLS(cfg.TLS(), tlsModesOf(standing))}
	auth := cfg.Auth()
	if next.TLS.Mode != cluster.TLSOff && auth == config.Off {
		auth = config.On // TLS needs logins: these are turned off after it
	}
	next.Logins = nextLogins(auth, membersOf(standing))
	if next.Logins.Members != Open {
		next.Keyfile = nextKeyfile(cfg.Security.Rotate.Keyfile, keyfilesOf(standing))
	}
	return next
}

// step is what one deployment does about one of the changes.
type step interface {
	// Note says what the user should know about it; "" for nothing.
	Note(cfg config.Config) string
	// More tells whether another deployment is needed.
	More() bool
}

func (s Steps) all() []step { return []step{s.Logins, s.Keyfile, s.TLS} }

// Notes says what the user should know about a deployment with these steps.
func (s Steps) Notes(cfg config.Config) (notes []string) {
	for _, one := range s.all() {
		if note := one.Note(cfg); note != "" {
			notes = append(notes, note)
		}
	}
	return notes
}

// More tells whether another deployment is needed after this one.
func (s Steps) More() bool {
	for _, one := range s.all() {
		if one.More() {
			return true
		}
	}
	return false
}
