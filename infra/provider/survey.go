package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"speedscale/infra/mongoadmin"
)

// survey is the result of asking all declared and former members for their set
// configuration.
type survey struct {
	exists  bool                 // at least one member has the set's configuration
	config  mongoadmin.SetConfig // the newest configuration, if exists
	source  mongoadmin.Endpoint  // the member that has config
	failed  []string             // the errors of members that did not answer
	refusal error                // set if a member belongs to another set
	lost    error                // set if a declared member cannot recover by itself
}

func (s survey) reason() string { return strings.Join(s.failed, "; ") }

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
			seen.failed = append(seen.failed, errs[i].Error())
			if seen.lost == nil && errors.Is(errs[i], mongoadmin.ErrUnreachable) {
				seen.lost = w.lostError(ctx, member.Host)
			}
		case configs[i].Name != w.want.Name:
			seen.refusal = wrongSetError(member.Host, member.Container, configs[i].Name, w.want.Name)
		case seen.exists && configs[i].ID != seen.config.ID:
			seen.refusal = fmt.Errorf("%s and %s belong to two different replica sets of the name %s: the volume of container %s or %s "+
				"holds another set's data; give each container the right volume, or remove the one whose data is not needed",
				seen.source.Host, member.Host, w.want.Name, seen.source.Container, member.Container)
		case !seen.exists || configs[i].Version > seen.config.Version:
			seen.exists, seen.config, seen.source = true, configs[i], member
		}
	}
	return seen
}

// lostError returns an error, with the container's log, if the container of one of
// the hosts does not exist or cannot recover by itself. It ignores members that are
// being removed.
func (w *setWork) lostError(ctx context.Context, hosts ...string) error {
	for _, host := range hosts {
		container := w.watches[host]
		if container == nil {
			continue
		}
		if _, err := container.inspect(ctx); err != nil && !errors.Is(err, mongoadmin.ErrUnreachable) {
			return w.clients.withLog(ctx, container.name, fmt.Errorf("%s: %w", host, err))
		}
	}
	return nil
}

// awaitSurvey waits until it is certain whether the set exists. One member that has its
// configuration proves that it does. Only if all members answer that they have none is
// it certain that it does not.
func (w *setWork) awaitSurvey(ctx context.Context) (survey, error) {
	var seen survey
	err := wait(ctx, w.want.Name, pollInterval, func(ctx context.Context) (string, error) {
		seen = w.survey(ctx)
		if seen.refusal != nil {
			return "", seen.refusal
		}
		if !seen.exists && seen.lost != nil {
			return "", seen.lost
		}
		if !seen.exists && len(seen.failed) > 0 {
			return fmt.Sprintf("waiting for its members, %d of %d answer: %s",
				len(w.all)-len(seen.failed), len(w.all), seen.reason()), nil
		}
		return "", nil
	})
	return seen, err
}
