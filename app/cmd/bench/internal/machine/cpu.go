package machine

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	tick = 10 * time.Millisecond // of Linux's accounts: USER_HZ is 100 on all of its machines

	// Everything is the name of all that ran on this machine, also what has ended since.
	Everything = "the whole machine"
	others     = "other processes"
)

// daemons are programs outside of containers, by what the kernel calls them.
var daemons = map[string]string{
	"dockerd": "dockerd", "containerd": "containerd", "containerd-shim": "containerd-shim", "docker-proxy": "docker-proxy",
}

// Sample is how much of the processors each process has had so far.
type Sample struct {
	at    time.Time
	spent map[string]map[int]time.Duration // by name and process
	whole time.Duration
}

// Take reads it from /proc. Those processes are told apart that descend from
// a process in names, and Docker's. Only Linux has that.
func Take(names map[int]string) (Sample, error) {
	s := Sample{at: time.Now(), spent: map[string]map[int]time.Duration{}}
	whole, err := busy()
	if err != nil {
		return s, fmt.Errorf("the processors' time can only be read on Linux: %w", err)
	}
	s.whole = whole
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return s, err
	}
	all := map[int]process{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it has just ended
		}
		if err != nil {
			return s, err
		}
		p, err := parse(string(text))
		if err != nil {
			return s, fmt.Errorf("%s: %w", file, err)
		}
		all[p.id] = p
	}
	for id, p := range all {
		name := nameOf(all, names, p)
		if s.spent[name] == nil {
			s.spent[name] = map[int]time.Duration{}
		}
		s.spent[name][id] = p.spent
	}
	return s, nil
}

// Since is how many seconds of processor each name took of a second, from earlier on.
func (s Sample) Since(earlier Sample) map[string]float64 {
	took := s.at.Sub(earlier.at).Seconds()
	shares := map[string]float64{Everything: (s.whole - earlier.whole).Seconds() / took}
	for name, processes := range s.spent {
		for id, spent := range processes {
			shares[name] += (spent - earlier.spent[name][id]).Seconds() / took
		}
	}
	return shares
}

type process struct {
	id, parent int
	name       string
	spent      time.Duration
}

// nameOf is what its container is called and which program it runs there, or else what a
// daemon is.
func nameOf(all map[int]process, names map[int]string, p process) string {
	for at, known := p, true; known; at, known = all[at.parent] {
		if name, ok := names[at.id]; ok {
			if name == p.name {
				return name
			}
			return name + ": " + p.name
		}
	}
	return cmp.Or(daemons[p.name], others)
}

// parse reads a line of /proc/<id>/stat; the name in it may have spaces and brackets.
func parse(text string) (p process, err error) {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return p, fmt.Errorf("no name in %.60q", text)
	}
	fields := strings.Fields(text[end+1:])
	if len(fields) < 13 {
		return p, fmt.Errorf("too few fields in %.60q", text)
	}
	p.name = text[open+1 : end]
	var n [4]int64
	for i, field := range []string{strings.TrimSpace(text[:open]), fields[1], fields[11], fields[12]} {
		if n[i], err = strconv.ParseInt(field, 10, 64); err != nil {
			return p, err
		}
	}
	p.id, p.parent, p.spent = int(n[0]), int(n[1]), time.Duration(n[2]+n[3])*tick
	return p, nil
}

// busy is how long the processors have worked, all in all.
func busy() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(first) // cpu user nice system idle iowait irq softirq steal …
	if len(fields) < 8 {
		return 0, fmt.Errorf("too few fields in %q", first)
	}
	var ticks int64
	for _, i := range []int{1, 2, 3, 6, 7} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}
