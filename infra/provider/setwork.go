package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"

	"speedscale/infra/mongoadmin"
)

// setWork makes one replica set what is declared. It reads the actual state before
// each step, so it can be interrupted at any time and started again.
type setWork struct {
	admin     mongoadmin.Admin
	clients   Clients
	want      mongoadmin.SetConfig
	members   []mongoadmin.Endpoint      // the declared members
	all       []mongoadmin.Endpoint      // the declared members, then the former ones
	changed   bool                       // it has changed something
	initiated bool                       // it has initiated the set
	watches   map[string]*containerWatch // the containers of the declared members, by host
}

func newSetWork(clients Clients, want mongoadmin.SetConfig, members, former []mongoadmin.Endpoint) *setWork {
	all := slices.Clone(members)
	for _, e := range former {
		if !slices.ContainsFunc(all, func(m mongoadmin.Endpoint) bool { return m.Host == e.Host }) {
			all = append(all, e)
		}
	}
	watches := map[string]*containerWatch{}
	for _, m := range members {
		watches[m.Host] = clients.watch(m.Container)
	}
	return &setWork{admin: clients.Admin, clients: clients, want: want, members: members, all: all, watches: watches}
}

func (w *setWork) converge(ctx context.Context) error {
	seen, err := w.awaitSurvey(ctx)
	if err != nil {
		return err
	}
	if !seen.exists {
		if err := w.initiate(ctx); err != nil {
			return err
		}
	}
	for {
		done, err := w.reconfigure(ctx)
		if err != nil {
			return err
		}
		if done {
			return w.settle(ctx)
		}
	}
}

// initiate initiates the set on the member that is preferred as primary.
func (w *setWork) initiate(ctx context.Context) error {
	first := w.preferred()
	err := wait(ctx, w.want.Name, pollInterval, func(ctx context.Context) (string, error) {
		err := w.admin.Initiate(ctx, first, w.want)
		if err == nil {
			w.changed, w.initiated = true, true
			return "", nil
		}
		// The command may have succeeded although its reply was lost.
		if _, configErr := w.admin.SetConfig(ctx, first); configErr == nil {
			w.changed, w.initiated = true, true
			return "", nil
		}
		return "initiating", err
	})
	return err
}

// preferred returns the declared member with the highest priority that can be elected.
func (w *setWork) preferred() mongoadmin.Endpoint {
	best := 0
	for i, m := range w.want.Members {
		if w.want.Electable(m.Host) && m.Priority > w.want.Members[best].Priority {
			best = i
		}
	}
	return w.members[best]
}

// awaitPrimary waits for a primary that accepts writes. It returns the primary and the
// status of the set as the primary sees it.
func (w *setWork) awaitPrimary(ctx context.Context) (primary mongoadmin.Endpoint, status mongoadmin.SetStatus, err error) {
	err = wait(ctx, w.want.Name, pollInterval, func(ctx context.Context) (reason string, err error) {
		primary, status, reason, err = w.findPrimary(ctx)
		return reason, err
	})
	return primary, status, err
}

// findPrimary returns the primary and the status of the set as the primary sees it, or
// the reason why there is no primary.
func (w *setWork) findPrimary(ctx context.Context) (mongoadmin.Endpoint, mongoadmin.SetStatus, string, error) {
	answering := 0
	var notInSet []string
	for i, h := range w.helloAll(ctx) {
		if h.Set != w.want.Name {
			notInSet = append(notInSet, w.all[i].Host)
			continue
		}
		if h.Writable {
			status, err := w.status(ctx, w.all[i])
			return w.all[i], status, "", err
		}
		answering++
	}
	if err := w.lostError(ctx, notInSet...); err != nil {
		return mongoadmin.Endpoint{}, mongoadmin.SetStatus{}, "", err
	}
	if w.initiated {
		// Without this, a new set would first wait for its election timeout. The
		// error is ignored: the election fails if the others do not know of the set yet.
		_ = w.admin.StepUp(ctx, w.preferred())
	}
	return mongoadmin.Endpoint{}, mongoadmin.SetStatus{},
		fmt.Sprintf("waiting for a primary, %d of %d answer", answering, len(w.members)), nil
}

// helloAll sends hello to all members concurrently. The result of a member that does
// not answer is zero, and so has no Set.
func (w *setWork) helloAll(ctx context.Context) []mongoadmin.Hello {
	hello := make([]mongoadmin.Hello, len(w.all))
	var pending sync.WaitGroup
	for i, member := range w.all {
		pending.Go(func() {
			if h, err := w.admin.Hello(ctx, member); err == nil {
				hello[i] = h
			}
		})
	}
	pending.Wait()
	return hello
}

// reconfigure takes the next step towards the declared configuration. It is done when
// no step is left.
func (w *setWork) reconfigure(ctx context.Context) (done bool, err error) {
	primary, status, err := w.awaitPrimary(ctx)
	if err != nil {
		return false, err
	}
	current, err := w.admin.SetConfig(ctx, primary)
	if err != nil {
		return false, ignoreTransient(err)
	}
	var down []string
	for _, m := range status.Members {
		if m.State == mongoadmin.StateDown {
			down = append(down, m.Host)
		}
	}
	steps, err := mongoadmin.PlanReconfig(current, w.want, down...)
	if err != nil || len(steps) == 0 {
		return true, err
	}
	step := steps[0]
	p.GetLogger(ctx).InfoStatusf("%s: %s", w.want.Name, step)
	if err := w.awaitReady(ctx, primary, step); err != nil {
		return false, err
	}
	if !step.Config.Electable(primary.Host) {
		return false, w.stepDown(ctx, primary)
	}
	step.Config.Version = current.Version
	if err := w.admin.Reconfigure(ctx, primary, step.Config); err != nil {
		if err := ignoreTransient(err); err != nil {
			return false, fmt.Errorf("%s: %s: %w", w.want.Name, step, err)
		}
		return false, w.pause(ctx, step, err)
	}
	w.changed = true
	return false, nil
}

func ignoreTransient(err error) error {
	if mongoadmin.IsTransient(err) {
		return nil
	}
	return err
}

// pause waits for one poll interval after a transient error, before the step is planned
// again. It shows the error as the live status.
func (w *setWork) pause(ctx context.Context, step mongoadmin.Step, cause error) error {
	polled := false
	return wait(ctx, w.want.Name, pollInterval, func(context.Context) (string, error) {
		if polled {
			return "", nil
		}
		polled = true
		return fmt.Sprintf("%s: %v", step, cause), nil
	})
}

// awaitReady waits until the members that the step requires are PRIMARY or SECONDARY.
func (w *setWork) awaitReady(ctx context.Context, primary mongoadmin.Endpoint, step mongoadmin.Step) error {
	return wait(ctx, w.want.Name, pollInterval, func(ctx context.Context) (string, error) {
		status, err := w.status(ctx, primary)
		if err != nil {
			return "", err
		}
		for _, host := range step.Needs {
			m, _ := status.Member(host)
			if !m.State.Ready() {
				if err := w.lostError(ctx, host); err != nil {
					return "", err
				}
				return fmt.Sprintf("before it can %s: %s", step, describe(host, m)), nil
			}
		}
		return "", nil
	})
}

// status returns the status of the set as its primary sees it.
//
// Docker reuses IP addresses, so members may still hold connections to an address that
// now belongs to a member of another set. status has them drop these connections. If
// that fails, the next call tries again.
func (w *setWork) status(ctx context.Context, primary mongoadmin.Endpoint) (mongoadmin.SetStatus, error) {
	status, err := w.admin.SetStatus(ctx, primary)
	for _, m := range status.Members {
		if !m.Mistaken() {
			continue
		}
		for _, other := range w.members {
			if other.Host != m.Host {
				_ = w.admin.DropConnections(ctx, other, m.Host)
			}
		}
	}
	return status, err
}

func describe(host string, m mongoadmin.MemberStatus) string {
	text := fmt.Sprintf("%s is %s", host, m.State)
	if m.Message != "" {
		text += " (" + m.Message + ")"
	}
	return text
}

// stepDown has the primary step down before it is removed or loses its priority, since
// a primary rejects a configuration in which it cannot be elected.
func (w *setWork) stepDown(ctx context.Context, primary mongoadmin.Endpoint) error {
	return wait(ctx, w.want.Name, pollInterval, func(ctx context.Context) (string, error) {
		hello, err := w.admin.Hello(ctx, primary)
		if err != nil || !hello.Writable {
			return "", nil // it is no longer primary
		}
		w.changed = true
		return "waiting for " + primary.Host + " to step down", ignoreTransient(w.admin.StepDown(ctx, primary))
	})
}

// settle waits until the primary accepts writes, all members are PRIMARY or SECONDARY,
// and no member has a higher priority than the primary.
func (w *setWork) settle(ctx context.Context) error {
	return wait(ctx, w.want.Name, pollInterval, func(ctx context.Context) (string, error) {
		primary, status, reason, err := w.findPrimary(ctx)
		if err != nil || reason != "" {
			return reason, err
		}
		if reason := unsettledReason(status, w.want); reason != "" {
			return reason, w.lostError(ctx, unreachableHosts(status)...)
		}
		actual, _ := w.want.Member(primary.Host)
		best := w.preferred()
		if preferred, _ := w.want.Member(best.Host); preferred.Priority <= actual.Priority {
			return "", nil
		}
		// It would take over by itself, but only after several election timeouts.
		_ = w.admin.StepUp(ctx, best)
		return "waiting for " + best.Host + " to become primary, since it has the highest priority", nil
	})
}

// unsettledReason returns why the set has no primary or not all members serve, "" if
// all is well.
func unsettledReason(status mongoadmin.SetStatus, config mongoadmin.SetConfig) string {
	if status.Primary() == "" {
		return fmt.Sprintf("waiting for a primary, %d of %d answer", len(status.Members)-countDown(status), len(config.Members))
	}
	var notReady []string
	for _, m := range config.Members {
		member, ok := status.Member(m.Host)
		if !ok {
			member.State = mongoadmin.StateUnknown
		}
		if !member.State.Ready() {
			notReady = append(notReady, describe(m.Host, member))
		}
	}
	if len(notReady) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d members serve: %s", len(config.Members)-len(notReady), len(config.Members), strings.Join(notReady, ", "))
}

func unreachableHosts(status mongoadmin.SetStatus) (hosts []string) {
	for _, m := range status.Members {
		if m.State == mongoadmin.StateDown || m.State == mongoadmin.StateUnknown {
			hosts = append(hosts, m.Host)
		}
	}
	return hosts
}

func countDown(status mongoadmin.SetStatus) int {
	n := 0
	for _, m := range status.Members {
		if m.State == mongoadmin.StateDown {
			n++
		}
	}
	return n
}
