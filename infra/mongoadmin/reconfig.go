package mongoadmin

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MongoDB's limits on a replica set.
const (
	maxVoters  = 7
	maxMembers = 50
)

// Step is one reconfiguration of a replica set on the way from one
// configuration to another.
type Step struct {
	Why    string    // "give shard1-node4:27017 its vote"
	Needs  []string  // hosts that must be PRIMARY or SECONDARY before this step
	Config SetConfig // the whole configuration after this step
}

// String is the step as a person reads it.
func (s Step) String() string { return s.Why }

// PlanReconfig is the way from the current configuration to the desired one,
// by host name: no step changes more than one voter, so that the majorities of
// two consecutive configurations always overlap. New members join without a
// vote and get it once they are caught up; members leave last. Hosts named in
// down are known not to answer, and leave first among them.
//
// The way can be left at any step: the plan from there has the rest of it.
//
// Member ids of desired are ignored: members keep theirs, new ones get ids that
// were never used. An empty plan means that nothing differs.
func PlanReconfig(current, desired SetConfig, down ...string) ([]Step, error) {
	if err := desired.Validate(); err != nil {
		return nil, fmt.Errorf("plan the members of %s: %w", desired.Name, err)
	}
	current.Settings, desired.Settings = current.Settings.Canonical(), desired.Settings.Canonical()
	p := &planner{now: current.Members, settings: current.Settings, current: current, desired: desired, down: down}
	p.addNew()
	for _, m := range desired.Members {
		if err := p.promote(m); err != nil {
			return nil, fmt.Errorf("plan the members of %s: %w", desired.Name, err)
		}
	}
	p.tune()
	for {
		host, ok := p.leaver()
		if !ok {
			break
		}
		p.dropVoter(host)
	}
	p.dropRest()
	return p.steps, nil
}

// Validate reports everything that MongoDB would refuse in the configuration.
func (c SetConfig) Validate() error {
	var errs []error
	seen := map[string]bool{}
	voters, electable := 0, 0
	for _, m := range c.Members {
		switch {
		case seen[m.Host]:
			errs = append(errs, fmt.Errorf("member %s is listed twice", m.Host))
		case m.Votes < 0 || m.Votes > 1:
			errs = append(errs, fmt.Errorf("member %s: votes is %d, must be 0 or 1", m.Host, m.Votes))
		case m.Priority < 0 || m.Priority > 1000:
			errs = append(errs, fmt.Errorf("member %s: priority is %v, must be from 0 to 1000", m.Host, m.Priority))
		case m.Votes == 0 && m.Priority != 0:
			errs = append(errs, fmt.Errorf("member %s: without a vote it needs priority 0, not %v", m.Host, m.Priority))
		case m.Hidden && m.Priority != 0:
			errs = append(errs, fmt.Errorf("member %s: a hidden member needs priority 0, not %v", m.Host, m.Priority))
		}
		seen[m.Host] = true
		voters += m.Votes
		if m.electable() {
			electable++
		}
	}
	if electable == 0 {
		errs = append(errs, errors.New("no member can become primary: one needs a vote and a priority above 0"))
	}
	if voters > maxVoters {
		errs = append(errs, fmt.Errorf("%d members have a vote, at most %d may", voters, maxVoters))
	}
	if len(c.Members) > maxMembers {
		errs = append(errs, fmt.Errorf("%d members, at most %d are possible", len(c.Members), maxMembers))
	}
	return errors.Join(errs...)
}

func (m Member) electable() bool { return m.Votes > 0 && m.Priority > 0 }

// Electable says whether the member of that host may become primary.
func (c SetConfig) Electable(host string) bool {
	m, ok := c.Member(host)
	return ok && m.electable()
}

// planner carries the configuration that the steps so far lead to.
type planner struct {
	now              []Member
	settings         Settings
	current, desired SetConfig
	down             []string
	steps            []Step
}

func (p *planner) step(members []Member, needs []string, why string, args ...any) {
	p.now = members
	config := p.current
	config.Members, config.Settings = members, p.settings
	config.Version = p.current.Version + len(p.steps)
	p.steps = append(p.steps, Step{Why: fmt.Sprintf(why, args...), Needs: needs, Config: config})
}

// addNew adds all new members at once: none has a vote yet, so no majority
// changes, and they copy their data side by side.
func (p *planner) addNew() {
	members, next := slices.Clone(p.now), 0
	for _, m := range p.now {
		next = max(next, m.ID+1)
	}
	var hosts []string
	for _, m := range p.desired.Members {
		if _, ok := p.member(m.Host); !ok {
			members = append(members, Member{ID: next, Host: m.Host, Hidden: m.Hidden})
			hosts = append(hosts, m.Host)
			next++
		}
	}
	if len(hosts) > 0 {
		p.step(members, nil, "add %s, without a vote until caught up", strings.Join(hosts, ", "))
	}
}

// promote gives a member the vote it should have.
func (p *planner) promote(want Member) error {
	m, _ := p.member(want.Host)
	if want.Votes == 0 || m.Votes == 1 {
		return nil
	}
	if p.voters() >= maxVoters {
		host, ok := p.leaver()
		if !ok {
			return fmt.Errorf("no voter can leave before %s gets its vote: change the members in two goes", want.Host)
		}
		p.dropVoter(host)
	}
	p.step(p.replaced(want), []string{want.Host}, "give %s its vote", want.Host)
	return nil
}

// tune changes everything that moves no vote, in one step.
func (p *planner) tune() {
	members := slices.Clone(p.now)
	var what []string
	for i, m := range members {
		want, ok := p.desired.Member(m.Host)
		if !ok || want.Votes != m.Votes {
			continue
		}
		if want.Priority != m.Priority {
			what = append(what, fmt.Sprintf("priority of %s %v → %v", m.Host, m.Priority, want.Priority))
		}
		if want.Hidden != m.Hidden {
			what = append(what, map[bool]string{true: "hide ", false: "show "}[want.Hidden]+m.Host)
		}
		want.ID = m.ID
		members[i] = want
	}
	if p.settings != p.desired.Settings {
		what = append(what, fmt.Sprintf("settings %v → %v", p.settings, p.desired.Settings))
		p.settings = p.desired.Settings
	}
	if len(what) > 0 {
		p.step(members, nil, "%s", strings.Join(what, ", "))
	}
}

// String names the settings as mongosh does; zero is the server's default.
func (s Settings) String() string {
	show := func(millis int) string {
		if millis == 0 {
			return "default"
		}
		return fmt.Sprintf("%d ms", millis)
	}
	return fmt.Sprintf("{electionTimeout: %s, heartbeatInterval: %s, catchUpTimeout: %s}", show(s.ElectionTimeoutMillis), show(s.HeartbeatIntervalMillis), show(s.CatchUpTimeoutMillis))
}

// leaver is a voter that is to lose its vote or its place, and whose leaving
// leaves a member that can become primary. Those that are down come first: each
// that leaves makes the majority safer.
func (p *planner) leaver() (string, bool) {
	found, ok := "", false
	for _, m := range p.now {
		want, stays := p.desired.Member(m.Host)
		if m.Votes == 0 || (stays && want.Votes == 1) || !p.electableWithout(m.Host) {
			continue
		}
		if slices.Contains(p.down, m.Host) {
			return m.Host, true
		}
		if !ok {
			found, ok = m.Host, true
		}
	}
	return found, ok
}

// dropVoter takes the vote of one member, and its place if it does not stay.
func (p *planner) dropVoter(host string) {
	if want, stays := p.desired.Member(host); stays {
		p.step(p.replaced(want), p.votersBut(host), "take the vote of %s", host)
		return
	}
	without := slices.DeleteFunc(slices.Clone(p.now), func(m Member) bool { return m.Host == host })
	p.step(without, p.votersBut(host), "remove %s", host)
}

// votersBut are the voters that carry the set on without that one: all must
// serve, except those that are known not to.
func (p *planner) votersBut(host string) []string {
	var needs []string
	for _, m := range p.now {
		if m.Votes == 1 && m.Host != host && !slices.Contains(p.down, m.Host) {
			needs = append(needs, m.Host)
		}
	}
	return needs
}

// dropRest removes all members without a vote that do not stay.
func (p *planner) dropRest() {
	var hosts []string
	for _, m := range p.now {
		if _, stays := p.desired.Member(m.Host); !stays {
			hosts = append(hosts, m.Host)
		}
	}
	if len(hosts) > 0 {
		gone := func(m Member) bool { return slices.Contains(hosts, m.Host) }
		p.step(slices.DeleteFunc(slices.Clone(p.now), gone), nil, "remove %s", strings.Join(hosts, ", "))
	}
}

func (p *planner) member(host string) (Member, bool) { return SetConfig{Members: p.now}.Member(host) }

func (p *planner) voters() int {
	n := 0
	for _, m := range p.now {
		n += m.Votes
	}
	return n
}

func (p *planner) electableWithout(host string) bool {
	return slices.ContainsFunc(p.now, func(m Member) bool { return m.Host != host && m.electable() })
}

// replaced is the members with one of them as wanted, under the id it has.
func (p *planner) replaced(want Member) []Member {
	members := slices.Clone(p.now)
	for i, m := range members {
		if m.Host == want.Host {
			want.ID = m.ID
			members[i] = want
		}
	}
	return members
}
