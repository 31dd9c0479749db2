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

// setWork brings one replica set to what is declared. It looks before each
// step, so it can be left at any moment and begun again.
type setWork struct {
	admin   mongoadmin.Admin
	clients Clients
	want    mongoadmin.SetConfig
	members []mongoadmin.Endpoint // as declared
	all     []mongoadmin.Endpoint // and those that were before
	touched bool                  // something was changed
	fresh   bool                  // the set was initiated by us
	watches map[string]*watch     // the declared members' containers, by host
}

func newSetWork(clients Clients, want mongoadmin.SetConfig, members, former []mongoadmin.Endpoint) *setWork {
	all := slices.Clone(members)
	for _, e := range former {
		if !slices.ContainsFunc(all, func(m mongoadmin.Endpoint) bool { return m.Host == e.Host }) {
			all = append(all, e)
		}
	}
	watches := map[string]*watch{}
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

// initiate makes the set on the member that is preferred as primary.
func (w *setWork) initiate(ctx context.Context) error {
	first := w.preferred()
	err := wait(ctx, w.want.Name, pollEvery, func(ctx context.Context) (string, error) {
		err := w.admin.Initiate(ctx, first, w.want)
		if err == nil {
			w.touched, w.fresh = true, true
			return "", nil
		}
		// The answer may have been lost, and the order carried out.
		if _, again := w.admin.SetConfig(ctx, first); again == nil {
			w.touched, w.fresh = true, true
			return "", nil
		}
		return "initiating", err
	})
	return err
}

func (w *setWork) preferred() mongoadmin.Endpoint {
	best := 0
	for i, m := range w.want.Members {
		if w.want.Electable(m.Host) && m.Priority > w.want.Members[best].Priority {
			best = i
		}
	}
	return w.members[best]
}

// primary waits for a primary that takes writes.
func (w *setWork) primary(ctx context.Context) (primary mongoadmin.Endpoint, status mongoadmin.SetStatus, err error) {
	err = wait(ctx, w.want.Name, pollEvery, func(ctx context.Context) (reason string, err error) {
		primary, status, reason, err = w.askPrimary(ctx)
		return reason, err
	})
	return primary, status, err
}

// askPrimary is the primary and what it says of the set, or the reason why
// there is none.
func (w *setWork) askPrimary(ctx context.Context) (mongoadmin.Endpoint, mongoadmin.SetStatus, string, error) {
	answering := 0
	var silent []string
	for i, h := range w.helloAll(ctx) {
		if h.Set != w.want.Name {
			silent = append(silent, w.all[i].Host)
			continue
		}
		if h.Writable {
			status, err := w.status(ctx, w.all[i])
			return w.all[i], status, "", err
		}
		answering++
	}
	if err := w.lost(ctx, silent...); err != nil {
		return mongoadmin.Endpoint{}, mongoadmin.SetStatus{}, "", err
	}
	if w.fresh {
		// A new set would wait for its election timeout first. Whether the
		// others know of it yet is for the election to say.
		_ = w.admin.StepUp(ctx, w.preferred())
	}
	return mongoadmin.Endpoint{}, mongoadmin.SetStatus{},
		fmt.Sprintf("waiting for a primary, %d of %d answer", answering, len(w.members)), nil
}

// helloAll asks all members at once; one that does not answer has no Set.
func (w *setWork) helloAll(ctx context.Context) []mongoadmin.Hello {
	hello := make([]mongoadmin.Hello, len(w.all))
	var asked sync.WaitGroup
	for i, member := range w.all {
		asked.Go(func() {
			if h, err := w.admin.Hello(ctx, member); err == nil {
				hello[i] = h
			}
		})
	}
	asked.Wait()
	return hello
}

// reconfigure takes the next step towards the declared configuration, and says
// whether there was none to take.
func (w *setWork) reconfigure(ctx context.Context) (done bool, err error) {
	primary, status, err := w.primary(ctx)
	if err != nil {
		return false, err
	}
	now, err := w.admin.SetConfig(ctx, primary)
	if err != nil {
		return false, ignorePassing(err)
	}
	var down []string
	for _, m := range status.Members {
		if m.State == mongoadmin.StateDown {
			down = append(down, m.Host)
		}
	}
	steps, err := mongoadmin.PlanReconfig(now, w.want, down...)
	if err != nil || len(steps) == 0 {
		return true, err
	}
	step := steps[0]
	p.GetLogger(ctx).InfoStatusf("%s: %s", w.want.Name, step)
	if err := w.awaitReady(ctx, primary, step); err != nil {
		return false, err
	}
	if !step.Config.Electable(primary.Host) {
		return false, w.handOver(ctx, primary)
	}
	step.Config.Version = now.Version
	if err := w.admin.Reconfigure(ctx, primary, step.Config); err != nil {
		if err := ignorePassing(err); err != nil {
			return false, fmt.Errorf("%s: %s: %w", w.want.Name, step, err)
		}
		return false, w.pause(ctx, step, err)
	}
	w.touched = true
	return false, nil
}

func ignorePassing(err error) error {
	if mongoadmin.IsTransient(err) {
		return nil
	}
	return err
}

// pause lets a condition pass before the step is planned anew.
func (w *setWork) pause(ctx context.Context, step mongoadmin.Step, cause error) error {
	asked := false
	return wait(ctx, w.want.Name, pollEvery, func(context.Context) (string, error) {
		if asked {
			return "", nil
		}
		asked = true
		return fmt.Sprintf("%s: %v", step, cause), nil
	})
}

// awaitReady waits for the members that the step builds on.
func (w *setWork) awaitReady(ctx context.Context, primary mongoadmin.Endpoint, step mongoadmin.Step) error {
	return wait(ctx, w.want.Name, pollEvery, func(ctx context.Context) (string, error) {
		status, err := w.status(ctx, primary)
		if err != nil {
			return "", err
		}
		for _, host := range step.Needs {
			m, _ := status.Member(host)
			if !m.State.Ready() {
				if err := w.lost(ctx, host); err != nil {
					return "", err
				}
				return fmt.Sprintf("before it can %s: %s", step, describe(host, m)), nil
			}
		}
		return "", nil
	})
}

// status is the set as its primary sees it. It has the members connect anew to
// those whose address has gone to another set's member, as Docker gives free
// addresses away; if that fails, the next look does it again.
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

// handOver has the primary step down before it is removed or demoted: a
// configuration in which it cannot be primary is refused from it.
func (w *setWork) handOver(ctx context.Context, primary mongoadmin.Endpoint) error {
	return wait(ctx, w.want.Name, pollEvery, func(ctx context.Context) (string, error) {
		hello, err := w.admin.Hello(ctx, primary)
		if err != nil || !hello.Writable {
			return "", nil // it is none any more; whoever is will be found
		}
		w.touched = true
		return "waiting for " + primary.Host + " to hand over", ignorePassing(w.admin.StepDown(ctx, primary))
	})
}

// settle waits until the primary takes writes, all members serve, and none
// that serves has a higher priority than the primary.
func (w *setWork) settle(ctx context.Context) error {
	return wait(ctx, w.want.Name, pollEvery, func(ctx context.Context) (string, error) {
		primary, status, reason, err := w.askPrimary(ctx)
		if err != nil || reason != "" {
			return reason, err
		}
		if reason := unsettled(status, w.want); reason != "" {
			return reason, w.lost(ctx, absent(status)...)
		}
		is, _ := w.want.Member(primary.Host)
		best := w.preferred()
		if should, _ := w.want.Member(best.Host); should.Priority <= is.Priority {
			return "", nil
		}
		// It would take over by itself, after several election timeouts.
		_ = w.admin.StepUp(ctx, best)
		return "waiting for " + best.Host + " to take over, by its priority", nil
	})
}

// unsettled is why the set is not as it should be, "" if it is.
func unsettled(status mongoadmin.SetStatus, config mongoadmin.SetConfig) string {
	if status.Primary() == "" {
		return fmt.Sprintf("waiting for a primary, %d of %d answer", len(status.Members)-down(status), len(config.Members))
	}
	var not []string
	for _, m := range config.Members {
		member, ok := status.Member(m.Host)
		if !ok {
			member.State = mongoadmin.StateUnknown
		}
		if !member.State.Ready() {
			not = append(not, describe(m.Host, member))
		}
	}
	if len(not) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d members serve: %s", len(config.Members)-len(not), len(config.Members), strings.Join(not, ", "))
}

func absent(status mongoadmin.SetStatus) (hosts []string) {
	for _, m := range status.Members {
		if m.State == mongoadmin.StateDown || m.State == mongoadmin.StateUnknown {
			hosts = append(hosts, m.Host)
		}
	}
	return hosts
}

func down(status mongoadmin.SetStatus) int {
	n := 0
	for _, m := range status.Members {
		if m.State == mongoadmin.StateDown {
			n++
		}
	}
	return n
}
