// Package recovery puts right what a killed run of the engine left: a lock whose
// owner is dead, plugins without an engine, operations that were begun, and
// containers and networks of the stack that its state does not know. What does
// not carry the stack's label it never touches, and no run that is at work.
package recovery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// patience is how long a run whose front end was killed may take to end.
const patience = 10 * time.Minute

// State is where the engine keeps the stack's state; auto.Stack implements it.
type State interface {
	Export(context.Context) (apitype.UntypedDeployment, error)
	Import(context.Context, apitype.UntypedDeployment) error
	Cancel(context.Context) error
}

// Stack says what to recover and how.
type Stack struct {
	Project, Name string
	Label         string // the label of the stack's things, as key=value
	Dir           string // the project's folder
	Home          string // PULUMI_HOME, where plugins are installed
	Backend       string // where the state lies, as in PULUMI_BACKEND_URL
	State         State
	Docker        Docker
	Say           func(string) // told each step, in a line

	// Force goes on where nobody can tell from here whether a run is at work: it
	// was started on another host, or the state lies elsewhere.
	Force bool
	// Destroying leaves stopped things stopped.
	Destroying bool
}

// Outcome is what the next run has to know.
type Outcome struct {
	Missing []string // in the state and not on the daemon: the run must refresh
	Own     bool     // what the daemon has under the label is this state's
	Done    int      // things that were put right
}

// Run puts right what a killed run left. A run at work is an error that says
// whose it is and since when.
func (s Stack) Run(ctx context.Context) (Outcome, error) {
	var out Outcome
	locks, known, err := s.unlock(ctx)
	if err != nil {
		return out, err
	}
	plugins, err := s.endPlugins(ctx)
	if err != nil {
		return out, err
	}
	deployment, err := s.State.Export(ctx)
	if err != nil {
		return out, fmt.Errorf("read the stack's state: %w", err)
	}
	has, err := parse(deployment.Deployment)
	if err != nil {
		return out, err
	}
	on, err := look(ctx, s.Docker, s.Label)
	if err != nil {
		return out, err
	}
	todo := compare(has, on)
	if err := s.allowed(todo, known); err != nil {
		return out, err
	}
	if err := s.do(ctx, &todo, has, deployment); err != nil {
		return out, err
	}
	for _, r := range todo.Missing {
		out.Missing = append(out.Missing, r.Name)
	}
	for _, n := range todo.Adopt {
		out.Missing = append(out.Missing, n.Name) // what the state does not know of it is read
	}
	out.Own = related(has, on)
	out.Done = locks + plugins + len(todo.Remove) + len(todo.Networks) + len(todo.Adopt) + len(todo.Forget) + len(todo.Again) + len(todo.Start)
	return out, nil
}

// unlock removes the locks of dead runs, and waits for a run whose front end
// was killed. It is known whether a run is at work if the locks are here.
func (s Stack) unlock(ctx context.Context) (removed int, known bool, err error) {
	dir, err := lockDir(s.Backend, s.Dir, s.Project, s.Name)
	if err != nil {
		return 0, false, err
	}
	if dir == "" {
		if s.Force {
			s.Say("releasing the lock of whoever holds it")
			return 0, false, s.State.Cancel(ctx)
		}
		return 0, false, nil
	}
	host, err := os.Hostname()
	if err != nil {
		return 0, false, err
	}
	waiting := ""
	err = await(ctx, patience, "the run that holds the lock ends", func() (bool, error) {
		n, holder, err := s.pass(dir, host)
		removed += n
		if holder != "" && holder != waiting {
			waiting = holder
			s.Say("waiting for a run to end whose front end was killed: " + holder)
		}
		return holder == "", err
	})
	return removed, true, err
}

// Release removes the locks of runs that have ended without doing so themselves: an
// engine that is interrupted before it listens for that leaves its lock.
func (s Stack) Release() error {
	dir, err := lockDir(s.Backend, s.Dir, s.Project, s.Name)
	if dir == "" || err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	running, err := Processes()
	if err != nil {
		return err
	}
	locks, err := readLocks(dir)
	for _, l := range locks {
		if judge(l, host, running) == dead {
			err = errors.Join(err, l.remove())
		}
	}
	return err
}

// pass looks at the locks once: holder is a run that is about to end.
func (s Stack) pass(dir, host string) (removed int, holder string, err error) {
	// The processes first: whoever takes a lock after they were listed is among them.
	running, err := Processes()
	if err != nil {
		return 0, "", err
	}
	if p, ok := orphanedEngine(running, s.Dir, s.Name); ok {
		return 0, fmt.Sprintf("process %d, since %s", p.PID, p.Started.Local().Format(time.DateTime)), nil
	}
	locks, err := readLocks(dir)
	if err != nil || len(locks) == 0 {
		return 0, "", err
	}
	for _, l := range locks {
		switch who := judge(l, host, running); {
		case who == alive && l.Broken:
			return removed, "", fmt.Errorf("the stack %s is locked by %s, and a pulumi is at work on this machine that may be writing it: wait for that run, or interrupt it", s.Name, l)
		case who == alive:
			return removed, "", fmt.Errorf("the stack %s is locked by %s, which is at work: wait for that run, or interrupt it", s.Name, l)
		case who == abandoned:
			holder = l.String()
		case who == elsewhere && !s.Force:
			return removed, "", fmt.Errorf("the stack %s is locked by %s: whether that run still goes on can be seen on that host only; if it is dead, `speedscale recover --force` (or `pulumi cancel`) releases the lock", s.Name, l)
		default:
			s.Say("removing the lock of a dead run: " + l.String())
			if err := l.remove(); err != nil {
				return removed, "", err
			}
			removed++
		}
	}
	return removed, holder, nil
}

func (s Stack) endPlugins(ctx context.Context) (int, error) {
	running, err := Processes()
	if err != nil {
		return 0, err
	}
	orphans := orphanedPlugins(running, s.Dir, s.Home)
	for _, p := range orphans {
		s.Say(fmt.Sprintf("ending process %d, a plugin whose engine is dead: %s", p.PID, p.Path))
		if err := end(ctx, p); err != nil {
			return 0, err
		}
	}
	return len(orphans), nil
}

// allowed refuses what could disturb somebody else's stack or run.
func (s Stack) allowed(p plan, known bool) error {
	var names []string
	for _, t := range append(p.Remove, p.Networks...) {
		names = append(names, t.Name)
	}
	switch {
	case s.Force:
		return nil
	case p.Foreign:
		return fmt.Errorf("the state knows nothing of %s, which carry the label %s: are they from another checkout of this project, with a stack of the same name? "+
			"Then use that one, or another stack name. If their state is lost, `speedscale recover --force` removes these containers; volumes stay, and the next up takes them over",
			strings.Join(names, ", "), s.Label)
	case !known && len(names)+len(p.Forget) > 0:
		for _, op := range p.Forget {
			names = append(names, op.Name+" ("+op.Kind+")")
		}
		return fmt.Errorf("a run seems to have been killed, for these are not in the state: %s. The state lies in %s, and whether a run is at work cannot be seen from here: if none is, `speedscale recover --force` (or `pulumi cancel` and `pulumi refresh --clear-pending-creates`) puts it right",
			strings.Join(names, ", "), s.Backend)
	}
	return nil
}

// do carries a plan out: first the daemon, then the state, so that a recovery
// that is killed begins again.
func (s Stack) do(ctx context.Context, p *plan, has state, deployment apitype.UntypedDeployment) error {
	if err := clean(ctx, s.Docker, *p, s.Say); err != nil {
		return err
	}
	if s.Destroying {
		p.Start, p.Again = nil, nil
	}
	missing, err := start(ctx, s.Docker, *p, s.Say)
	if err != nil {
		return err
	}
	for _, c := range missing {
		p.Missing = append(p.Missing, resource{Type: containerType, ID: c.ID, Name: c.Name})
	}
	if !p.changesState() {
		return nil
	}
	var again []string
	for _, op := range p.Forget {
		s.Say(fmt.Sprintf("forgetting what a killed run had begun: %s the %s", op.Kind, op.words()))
	}
	for _, r := range p.Again {
		s.Say("the job " + r.Name + " failed and is to run again")
		again = append(again, r.URN)
	}
	var lost []map[string]any
	for _, n := range p.Adopt {
		s.Say("taking the network " + n.Name + ", which is in use, back into the state")
		lost = append(lost, has.entry(n, s.Label))
	}
	if deployment.Deployment, err = mended(deployment.Deployment, again, lost); err != nil {
		return err
	}
	if err := s.State.Import(ctx, deployment); err != nil {
		return errors.Join(errors.New("write the stack's state"), err)
	}
	return nil
}
