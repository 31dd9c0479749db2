package recovery

import "slices"

// thing is something on the daemon that carries the stack's label.
type thing struct {
	ID, Name string
	Stopped  bool     // a container that does not run and that Docker does not restart
	On       []string // the networks that a container is on, or was when it ran, by id
}

// seen is all of it.
type seen struct {
	Containers, Networks, Volumes []thing
}

// plan is what has to be done before the engine may go on.
type plan struct {
	Remove   []thing    // containers that no run has recorded
	Networks []thing    // likewise, removed after the containers
	Adopt    []thing    // likewise, but recorded containers are on them: the state gets them back
	Start    []thing    // containers of the state that a delete had stopped already
	Forget   []pending  // what a killed run had begun
	Again    []resource // jobs that failed
	Missing  []resource // in the state, not on the daemon
	Volumes  []thing    // not in the state: kept, the engine takes them over
	// Foreign is set if nothing on the daemon can be traced to this state: the
	// stack may belong to another checkout of the project.
	Foreign bool
}

// changesState tells whether the state has to be written.
func (p plan) changesState() bool { return len(p.Forget)+len(p.Again)+len(p.Adopt) > 0 }

// compare plans what makes daemon and state agree.
func compare(s state, on seen) (p plan) {
	p.Forget = s.Pending
	p.Remove = unknown(on.Containers, s.ids(containerType))
	p.Adopt, p.Networks = inUse(unknown(on.Networks, s.ids(networkType)), s.ids(containerType), on.Containers)
	p.Volumes = unknown(on.Volumes, s.ids(volumeType))
	p.Foreign = len(p.Remove) > 0 && !related(s, on)
	for _, r := range s.Resources {
		there := map[string][]thing{containerType: on.Containers, networkType: on.Networks, volumeType: on.Volumes}[r.Type]
		i := slices.IndexFunc(there, func(t thing) bool { return t.ID == r.ID })
		switch {
		case r.Gone:
		case i < 0:
			p.Missing = append(p.Missing, r)
		case r.Failed:
			p.Again = append(p.Again, r)
		case r.Type == containerType && there[i].Stopped && !r.Job:
			p.Start = append(p.Start, there[i])
		}
	}
	return p
}

// inUse tells the networks that a recorded container is on from the others.
func inUse(networks []thing, recorded map[string]bool, containers []thing) (used, unused []thing) {
	for _, n := range networks {
		if slices.ContainsFunc(containers, func(c thing) bool { return recorded[c.ID] && slices.Contains(c.On, n.ID) }) {
			used = append(used, n)
		} else {
			unused = append(unused, n)
		}
	}
	return used, unused
}

// unknown are the things that the state does not know.
func unknown(there []thing, known map[string]bool) (strays []thing) {
	for _, t := range there {
		if !known[t.ID] {
			strays = append(strays, t)
		}
	}
	return strays
}

// related tells whether the state made what the daemon has: it knows some of
// it, or had begun to make it.
func related(s state, on seen) bool {
	knows := func(there []thing, kind string) bool {
		ids := s.ids(kind)
		return slices.ContainsFunc(there, func(t thing) bool { return ids[t.ID] })
	}
	return len(s.Pending) > 0 || knows(on.Containers, containerType) || knows(on.Networks, networkType) || knows(on.Volumes, volumeType)
}
