package status

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/lipgloss/table"
)

// Write prints the report as tables for people. The renderer of w decides on
// colour: none where w is no terminal.
func (r Report) Write(w io.Writer) error {
	p := printer{lipgloss.NewRenderer(w)}
	verdict := p.good("healthy")
	if !r.Healthy() {
		verdict = p.bad("not healthy")
	}
	_, err := fmt.Fprintf(w, "stack %s: %s\n\n%s\n\n%s\n\n%s\n\n%s\n", r.Stack, verdict,
		p.containers(r), p.sets(r.Sets), p.shards(r.Shards), p.services(r))
	if err != nil {
		return err
	}
	// Below the tables, whose columns a sentence would stretch.
	gap := "\n"
	for _, reason := range r.reasons() {
		if _, err := fmt.Fprintf(w, "%s%s\n", gap, p.bad(reason)); err != nil {
			return err
		}
		gap = ""
	}
	return nil
}

// reasons say what is wrong, each reason once with all that it is true of.
func (r Report) reasons() (lines []string) {
	var said []string
	of := map[string][]string{}
	note := func(subject, reason string) {
		if reason == "" {
			return
		}
		reason = short(reason)
		if of[reason] == nil {
			said = append(said, reason)
		}
		of[reason] = append(of[reason], subject)
	}
	for _, c := range r.Containers {
		note(c.Name, c.Error)
	}
	for _, s := range r.Sets {
		note(s.Name, s.Error)
	}
	note("the router", r.Shards.Error)
	note("redis", r.Redis.Error)
	note("the gateway", r.Gateway.Error)
	for _, reason := range said {
		lines = append(lines, strings.Join(of[reason], ", ")+": "+reason)
	}
	return lines
}

// printer renders with a terminal's abilities.
type printer struct{ *lipgloss.Renderer }

func (p printer) good(s string) string {
	return p.NewStyle().Foreground(lipgloss.ANSIColor(2)).Render(s)
}

func (p printer) bad(s string) string {
	return p.NewStyle().Foreground(lipgloss.ANSIColor(1)).Bold(true).Render(s)
}

func (p printer) mark(ok bool, s string) string {
	if ok {
		return p.good(s)
	}
	return p.bad(s)
}

func (p printer) table(headers ...string) *table.Table {
	header, cell := p.NewStyle().Bold(true).PaddingRight(2), p.NewStyle().PaddingRight(2)
	return table.New().Headers(headers...).
		Border(lipgloss.HiddenBorder()).BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderColumn(false).BorderHeader(false).
		StyleFunc(func(row, _ int) lipgloss.Style {
			if row == table.HeaderRow {
				return header
			}
			return cell
		})
}

func (p printer) containers(r Report) string {
	t := p.table("CONTAINER", "STATE", "MEMORY", "LIMIT")
	for _, c := range r.Containers {
		t.Row(c.Name, p.mark(c.OK, state(c)), mb(c.Memory), mb(c.Limit))
	}
	t.Row("all", "", mb(r.Memory()), "")
	return t.String()
}

func state(c Container) string {
	switch {
	case c.Health != "" && c.State == "running":
		return c.Health
	case c.State == "exited":
		return fmt.Sprintf("exited %d", c.Exit)
	}
	return c.State
}

func (p printer) sets(sets []Set) string {
	t := p.table("REPLICA SET", "MEMBER", "STATE", "LAG", "MONGOD")
	for _, s := range sets {
		if s.Error != "" {
			t.Row(s.Name, "", p.bad("no member answers"))
		}
		for _, m := range s.Members {
			t.Row(s.Name, m.Host, p.mark(m.State == "PRIMARY" || m.State == "SECONDARY", m.State), lag(m), m.Version)
		}
	}
	return t.String()
}

func lag(m Member) string {
	if m.Lag == nil {
		return "unknown"
	}
	return fmt.Sprintf("%.0f s", *m.Lag)
}

func (p printer) shards(s Shards) string {
	t := p.table("SHARD", "HOSTS", "CHUNKS", "DOCUMENTS", "OF "+s.Collection)
	var all int64
	for _, shard := range s.Shards {
		all += shard.Documents
	}
	for _, shard := range s.Shards {
		t.Row(shard.Name, fmt.Sprint(shard.Hosts), fmt.Sprint(shard.Chunks), fmt.Sprint(shard.Documents), percent(shard.Documents, all))
	}
	return t.String()
}

func (p printer) services(r Report) string {
	t := p.table("SERVICE", "STATE", "")
	if r.Shards.Router == "" {
		t.Row("mongos", p.bad("does not answer"), versionsOf(r.Sets))
	} else {
		t.Row("mongos", p.good("answers"), r.Shards.Router+", "+versionsOf(r.Sets))
	}
	if r.Redis.Error != "" {
		t.Row("redis", p.bad("does not answer"), "")
	} else {
		t.Row("redis", p.good("answers"), fmt.Sprintf("%s, %d keys, %s, %.0f %% hits",
			r.Redis.Version, r.Redis.Keys, mb(uint64(max(r.Redis.Memory, 0))), r.Redis.HitRate*100))
	}
	if r.Gateway.Error != "" {
		t.Row("gateway", p.bad("does not answer"), "")
	} else {
		t.Row("gateway", p.mark(r.Gateway.Status == "healthy", r.Gateway.Status), "")
	}
	return t.String()
}

// versionsOf counts the members by the version that they run, so that a change on
// its way is seen at a glance: "mongod 7.0.43 ×6, 6.0.27 ×3".
func versionsOf(sets []Set) string {
	var versions []string
	members := map[string]int{}
	for _, s := range sets {
		for _, m := range s.Members {
			version := cmp.Or(m.Version, "unknown")
			if members[version]++; members[version] == 1 {
				versions = append(versions, version)
			}
		}
	}
	for i, v := range versions {
		versions[i] = fmt.Sprintf("%s ×%d", v, members[v])
	}
	return "mongod " + cmp.Or(strings.Join(versions, ", "), "unknown")
}

// short is an error's first line, cut to fit a table.
func short(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if runes := []rune(line); len(runes) > 100 {
		return string(runes[:99]) + "…"
	}
	return line
}

func mb(bytes uint64) string {
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf("%d MB", (bytes+1<<19)>>20)
}

func percent(part, all int64) string {
	if all == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(all))
}
