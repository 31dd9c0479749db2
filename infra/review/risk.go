package review

import (
	"fmt"
	"slices"
	"strings"
)

// deletedData says of each volume that is deleted or replaced what goes with it
// and what remains.
func (p plan) deletedData() []string {
	warnings := []string{}
	bySet := map[string][]string{}
	var owners []set
	for _, v := range p.of("Volume") {
		if v.kept || v.action != Delete && v.action != Replace {
			continue
		}
		name := v.old.text("name")
		owner, member := p.setOf(name)
		switch {
		case owner.name == "":
			warnings = append(warnings, fmt.Sprintf("volume %s is %sd: what is in it is deleted", name, v.action))
		case v.action == Replace:
			warnings = append(warnings, fmt.Sprintf("volume %s is replaced: the data of member %s is deleted", name, member))
			fallthrough
		default:
			if bySet[owner.name] == nil {
				owners = append(owners, owner)
			}
			bySet[owner.name] = append(bySet[owner.name], name)
		}
	}
	for _, owner := range owners {
		warnings = append(warnings, lostCopies(owner, bySet[owner.name]))
	}
	return warnings
}

// lostCopies is what the deletion of some of a set's volumes means.
func lostCopies(owner set, volumes []string) string {
	slices.Sort(volumes)
	what := fmt.Sprintf("%s: %s deleted with the data", owner.name, enumerate(volumes, "volume %s is", "volumes %s are"))
	left := len(owner.old) - len(volumes)
	switch {
	case owner.shard == Delete:
		return what + ", after it has been moved to the other shards"
	case left <= 0:
		return what + "; **no copy remains**"
	case left == 1:
		return what + "; one copy remains"
	}
	return fmt.Sprintf("%s; %d copies remain", what, left)
}

// lostQuorums says which sets cannot elect a primary for a while, or stand on
// fewer members than they were safe with.
func (p plan) lostQuorums() []string {
	warnings := []string{}
	for _, n := range p.of("Network") {
		if n.action == Replace || n.action == Delete && len(p.livingSets()) > 0 {
			warnings = append(warnings, fmt.Sprintf("network %s is %sd: every member loses the others at once", n.old.text("name"), n.action))
		}
	}
	for _, s := range p.livingSets() {
		if warning := p.lostQuorum(s); warning != "" {
			warnings = append(warnings, s.name+": "+warning)
		}
	}
	return warnings
}

// livingSets are those that exist before and after.
func (p plan) livingSets() (living []set) {
	for _, s := range p.sets {
		if len(s.old) > 0 && len(s.new) > 0 {
			living = append(living, s)
		}
	}
	return living
}

func (p plan) lostQuorum(s set) string {
	var stopped, unwaited, removed []string
	for _, member := range s.old {
		switch container := p.container(member); {
		case container.action == Delete && !slices.Contains(s.new, member):
			removed = append(removed, member)
		case container.action == Delete || container.action == Replace:
			stopped = append(stopped, member)
			if !p.waitedFor(member) {
				unwaited = append(unwaited, member)
			}
		}
	}
	majority := len(s.old)/2 + 1
	switch {
	case s.action == Replace:
		return "the set is made anew, its members know another one"
	case len(stopped) > 0 && len(s.old) == 1:
		return fmt.Sprintf("its only member %s is replaced, until it is back nothing can be read or written", s.old[0])
	case len(unwaited) > len(s.old)-majority:
		return fmt.Sprintf("%s at the same time, a majority is %d of %d",
			enumerate(unwaited, "member %s is replaced", "members %s are replaced"), majority, len(s.old))
	case len(removed) >= majority:
		return fmt.Sprintf("%s, more than a minority of its %d: what remains is a set of %d",
			enumerate(removed, "member %s is removed", "members %s are removed"), len(s.old), len(s.new))
	}
	return ""
}

// waitedFor tells whether the next member is not touched before this one serves
// again: that is a Node's work.
func (p plan) waitedFor(container string) bool {
	node := p.find("Node", func(s step) bool { return s.new.text("container") == container })
	return node.kind != ""
}

// enumerate puts a list into the phrase for one or for many.
func enumerate(list []string, one, many string) string {
	if len(list) == 1 {
		return fmt.Sprintf(one, list[0])
	}
	last := len(list) - 1
	return fmt.Sprintf(many, strings.Join(list[:last], ", ")+" and "+list[last])
}
