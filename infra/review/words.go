package review

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// describe says in words what happens to a resource.
func describe(s step) string {
	var text string
	switch s.kind {
	case "Volume":
		text = volume(s)
	case "Shard":
		text = shard(s)
	case "ReplicaSet":
		text = replicaSet(s)
	case "ShardedCollection":
		text = collection(s)
	case "Job":
		text = job(s)
	case "Container":
		text = container(s)
	case "Node":
		text = node(s)
	case "Service":
		text = service(s)
	case "Network":
		text = network(s)
	case "RemoteImage":
		text = image(s)
	default:
		text = changed(s)
	}
	if s.Old != nil && len(s.Old.InitErrors) > 0 {
		text = "not as it should be: " + strings.Join(firstLines(s.Old.InitErrors), "; ") + ending(text)
	}
	return text
}

// firstLines leaves out the logs that explain an error.
func firstLines(texts []string) (lines []string) {
	for _, text := range texts {
		line, _, _ := strings.Cut(text, "\n")
		lines = append(lines, line)
	}
	return lines
}

func ending(text string) string {
	if text == "" {
		return ""
	}
	return "; " + text
}

func volume(s step) string {
	switch {
	case s.action == Create:
		return "a new volume, or one that was kept"
	case s.kept:
		return "leaves the stack, its data is kept"
	case s.action == Delete:
		return "**deleted with its data**"
	case s.action == Replace:
		return "**its data is deleted**: " + changed(s)
	}
	return changed(s)
}

func shard(s step) string {
	switch s.action {
	case Create:
		return "joins the cluster, the balancer moves data onto it"
	case Delete:
		return "drained: its data is moved to the other shards, then it leaves the cluster"
	}
	return orChanged(s, memberChanges(s.old.list("members"), s.new.list("members")))
}

func replicaSet(s step) string {
	switch s.action {
	case Create:
		names := hosts(s.new)
		return fmt.Sprintf("a set of %d: %s", len(names), strings.Join(names, ", "))
	case Delete:
		return "no longer managed, its members go with their containers"
	}
	what := memberChanges(s.old.list("members"), s.new.list("members"))
	what = append(what, fields(s.old.object("settings"), s.new.object("settings"))...)
	return orChanged(s, what)
}

func hosts(in inputs) (names []string) {
	for _, m := range in.list("members") {
		names = append(names, hostName(m))
	}
	return names
}

// hostName is a member's name without the port, which is always the same.
func hostName(member inputs) string {
	name, _, _ := strings.Cut(member.text("host"), ":")
	return name
}

// memberChanges says who comes, who goes and what changes in whom.
func memberChanges(old, new []inputs) (what []string) {
	find := func(list []inputs, name string) inputs {
		at := slices.IndexFunc(list, func(m inputs) bool { return hostName(m) == name })
		if at < 0 {
			return nil
		}
		return list[at]
	}
	for _, m := range new {
		name := hostName(m)
		if was := find(old, name); was == nil {
			what = append(what, fmt.Sprintf("member %s is added", name))
		} else if differs := fields(was, m); len(differs) > 0 {
			what = append(what, fmt.Sprintf("member %s: %s", name, strings.Join(differs, ", ")))
		}
	}
	for _, m := range old {
		if name := hostName(m); find(new, name) == nil {
			what = append(what, fmt.Sprintf("member %s is removed", name))
		}
	}
	return what
}

// fields lists the differences between two flat objects.
func fields(old, new inputs) (what []string) {
	for _, name := range keys(old, new) {
		if !reflect.DeepEqual(old[name], new[name]) {
			what = append(what, fmt.Sprintf("%s %s → %s", name, value(old[name]), value(new[name])))
		}
	}
	return what
}

func keys(of ...inputs) (names []string) {
	for _, in := range of {
		for name := range in {
			if !strings.HasPrefix(name, "__") {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case string:
		if v == "" {
			return "none"
		}
		return v
	case []any, map[string]any:
		return "…"
	}
	return fmt.Sprint(v)
}

func collection(s step) string {
	switch s.action {
	case Create:
		return fmt.Sprintf("%s.%s is sharded, if it is not", s.new.text("database"), s.new.text("collection"))
	case Delete:
		return "no longer managed, nothing is dropped"
	}
	if before, after := elements(s.old["shards"]), elements(s.new["shards"]); len(after) > 0 && !slices.Equal(before, after) {
		return "spread evenly over " + strings.Join(after, ", ")
	}
	return changed(s)
}

// job is a one-shot's work on a collection: its indexes.
func job(s step) string {
	namespace := s.new.text("database") + "." + s.new.text("collection")
	if undone := elements(s.old["undone"]); len(undone) > 0 {
		return fmt.Sprintf("made again on %s: %s", namespace, strings.Join(undone, ", "))
	}
	return simple(s, "the indexes of "+namespace, "no longer watched, nothing is dropped")
}

func node(s step) string {
	if s.action == Delete {
		return "no longer waited for"
	}
	return "waits until the member serves"
}

func service(s step) string {
	if s.action == Delete {
		return "no longer waited for"
	}
	return "waits until it is healthy"
}

func network(s step) string {
	if s.action == Replace {
		return "**every container is cut off**: " + changed(s)
	}
	return simple(s, "a new network", "deleted")
}

func image(s step) string {
	if s.action == Delete {
		return "no longer used, kept on the host"
	}
	if s.new["build"] != nil && (s.action == Create || slices.Contains(s.changedKeys(), "triggers")) {
		return "built from its sources"
	}
	return simple(s, "fetched", "")
}

// simple is for what needs no words of its own.
func simple(s step, created, deleted string) string {
	switch s.action {
	case Create:
		return created
	case Delete:
		return deleted
	}
	return changed(s)
}

func changed(s step) string { return orChanged(s, nil) }

// orChanged is what, or else the names of the properties that change.
func orChanged(s step, what []string) string {
	if len(what) > 0 {
		return strings.Join(what, ", ")
	}
	if names := s.changedKeys(); len(names) > 0 {
		return strings.Join(names, ", ") + " changed"
	}
	return ""
}

// changedKeys are the properties at the top that differ.
func (s step) changedKeys() (names []string) {
	names = append(slices.Clone(s.Diffs), s.Keys...)
	for path := range s.DetailedDiff {
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			end = len(path)
		}
		names = append(names, path[:end])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
