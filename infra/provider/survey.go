package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"speedscale/infra/mongoadmin"
)

// survey is what all members, present and former, say of their configuration.
type survey struct {
	exists  bool                 // one of them has the set's configuration
	config  mongoadmin.SetConfig // the newest, if exists
	at      mongoadmin.Endpoint  // the member that has it
	silent  []string             // hosts that do not answer, with their reasons
	refusal error                // a member belongs to something else
	lost    error                // a declared member cannot answer any more
}

func (s survey) reason() string { return strings.Join(s.silent, "; ") }

func (w *setWork) survey(ctx context.Context) survey {
	configs := make([]mongoadmin.SetConfig, len(w.all))
	errs := make([]error, len(w.all))
	var asked sync.WaitGroup
	for i, member := range w.all {
		asked.Go(func() { configs[i], errs[i] = w.admin.SetConfig(ctx, member) })
	}
	asked.Wait()
	var seen survey
	for i, member := range w.all {
		switch {
		case errors.Is(errs[i], mongoadmin.ErrNotInitiated):
		case errs[i] != nil:
			seen.silent = append(seen.silent, errs[i].Error())
			if seen.lost == nil && errors.Is(errs[i], mongoadmin.ErrUnreachable) {
				seen.lost = w.lost(ctx, member.Host)
			}
		case configs[i].Name != w.want.Name:
			seen.refusal = otherSet(member.Host, member.Container, configs[i].Name, w.want.Name)
		case seen.exists && configs[i].ID != seen.config.ID:
			seen.refusal = fmt.Errorf("%s and %s belong to two different replica sets of the name %s: the volume of container %s or %s "+
				"holds another set's data; give each container the right volume, or remove the one whose data is not needed",
				seen.at.Host, member.Host, w.want.Name, seen.at.Container, member.Container)
		case !seen.exists || configs[i].Version > seen.config.Version:
			seen.exists, seen.config, seen.at = true, configs[i], member
		}
	}
	return seen
}

// lost is why one of the hosts cannot answer any more, with the log of its
// container. Of members that are to leave nothing is expected.
func (w *setWork) lost(ctx context.Context, hosts ...string) error {
	for _, host := range hosts {
		container := w.watches[host]
		if container == nil {
			continue
		}
		if _, err := container.look(ctx); err != nil && !errors.Is(err, mongoadmin.ErrUnreachable) {
			return w.clients.withLog(ctx, container.name, fmt.Errorf("%s: %w", host, err))
		}
	}
	return nil
}

// awaitSurvey waits until it is certain whether the set exists: one member that
// has its configuration is enough, that none has must be said by all.
func (w *setWork) awaitSurvey(ctx context.Context) (survey, error) {
	var seen survey
	err := wait(ctx, w.want.Name, pollEvery, func(ctx context.Context) (string, error) {
		seen = w.survey(ctx)
		if seen.refusal != nil {
			return "", seen.refusal
		}
		if !seen.exists && seen.lost != nil {
			return "", seen.lost
		}
		if !seen.exists && len(seen.silent) > 0 {
			return fmt.Sprintf("waiting for its members, %d of %d answer: %s",
				len(w.all)-len(seen.silent), len(w.all), seen.reason()), nil
		}
		return "", nil
	})
	return seen, err
}
