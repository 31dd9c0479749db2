package review

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// containerWords name a container's properties as people do.
var containerWords = map[string]string{
	"command": "options", "envs": "environment", "healthchecks": "health check", "healthcheck": "health check",
	"ports": "published ports", "volumes": "volumes", "networksAdvanced": "network", "labels": "labels",
	"logOpts": "log options", "destroyGraceSeconds": "time to stop", "stopTimeout": "time to stop",
	"wait": "who waits for it", "waitTimeout": "who waits for it",
}

// stopped is a container that does not run.
var stopped = map[Action]string{
	Update:  "stopped, is started again",
	Replace: "stopped, a new one takes its place",
}

// container says why a container is touched, value by value where that is short.
func container(s step) string {
	if s.action == Create || s.action == Delete {
		return simple(s, "a new container", "removed")
	}
	var what []string
	names := s.changedKeys()
	if slices.Contains(names, "mustRun") { // only somebody's hand changes it
		what = append(what, stopped[s.action])
		// A stopped container publishes none.
		names = slices.DeleteFunc(names, func(name string) bool { return name == "mustRun" || name == "ports" })
	}
	for _, name := range names {
		switch name {
		case "image":
			what = append(what, "another image")
		case "memory":
			what = append(what, fmt.Sprintf("memory %s → %s MB", value(s.old[name]), value(s.new[name])))
		case "memorySwap": // goes with memory
		case "command":
			what = append(what, "options: "+words(s.old[name], s.new[name]))
		case "envs":
			what = append(what, "environment: "+words(s.old[name], s.new[name]))
		default:
			what = append(what, orName(name)+" changed")
		}
	}
	return strings.Join(slices.Compact(what), ", ")
}

func orName(property string) string {
	if word, ok := containerWords[property]; ok {
		return word
	}
	return property
}

// words is the difference between two lists of words; order is not told.
func words(old, new any) string {
	before, after := elements(old), elements(new)
	var what []string
	for _, word := range before {
		if !slices.Contains(after, word) {
			what = append(what, "−`"+word+"`")
		}
	}
	for _, word := range after {
		if !slices.Contains(before, word) {
			what = append(what, "+`"+word+"`")
		}
	}
	if len(what) == 0 {
		if !reflect.DeepEqual(before, after) {
			return "in another order"
		}
		return "changed"
	}
	return strings.Join(what, " ")
}

func elements(list any) (out []string) {
	values, _ := list.([]any)
	for _, v := range values {
		out = append(out, fmt.Sprint(v))
	}
	return out
}
