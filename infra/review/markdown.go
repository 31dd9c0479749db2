package review

import (
	"fmt"
	"strings"
)

// Marker begins the comment on a pull request, so that the next preview of the
// same stack finds and replaces it.
func Marker(stack string) string { return "<!-- speedscale preview of " + stack + " -->" }

// Markdown is the report as a comment on a pull request.
func (r Report) Markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n### Preview of stack `%s`\n\n", Marker(r.Stack), r.Stack)
	alert(&out, "CAUTION", "This deletes data", r.DeletesData)
	alert(&out, "WARNING", "This takes a replica set's quorum away", r.TakesQuorum)
	if len(r.Changes) == 0 {
		fmt.Fprintf(&out, "No changes, %d resources are as they should be.\n", r.Unchanged)
		return out.String()
	}
	fmt.Fprintf(&out, "%s.\n\n", r.summary())
	out.WriteString("| | resource | what happens |\n|---|---|---|\n")
	for _, c := range r.shown() {
		fmt.Fprintf(&out, "| %s | %s `%s` | %s |\n", c.Action, c.Kind, c.Name, cell(c.What))
	}
	return out.String()
}

// summary counts the changes that are shown.
func (r Report) summary() string {
	var counts []string
	if r.New {
		counts = append(counts, "A new stack")
	}
	for _, action := range actions {
		if n := count(r.shown(), action); n > 0 {
			counts = append(counts, fmt.Sprintf("%d to %s", n, action))
		}
	}
	return strings.Join(append(counts, fmt.Sprintf("%d unchanged", r.Unchanged)), ", ")
}

// shown leaves out the waits: they go with the containers.
func (r Report) shown() (changes []Change) {
	touched := map[string]bool{}
	for _, c := range r.Changes {
		if c.Kind == "Container" {
			touched[c.Name] = true
		}
	}
	for _, c := range r.Changes {
		if c.Kind != "Node" && c.Kind != "Service" || !touched[c.Name] {
			changes = append(changes, c)
		}
	}
	return changes
}

// alert is a box that GitHub draws in a colour.
func alert(out *strings.Builder, kind, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(out, "> [!%s]\n> **%s**\n", kind, title)
	for _, line := range lines {
		fmt.Fprintf(out, "> - %s\n", line)
	}
	out.WriteString("\n")
}

// cell keeps a text within its cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}

// Text is what the engine's own output does not say, as plain lines: the dangers,
// and that components are no change; "" if there is nothing to say.
func (r Report) Text() string {
	var out strings.Builder
	for _, warning := range r.DeletesData {
		fmt.Fprintf(&out, "! DELETES DATA: %s\n", plain(warning))
	}
	for _, warning := range r.TakesQuorum {
		fmt.Fprintf(&out, "! TAKES THE QUORUM: %s\n", plain(warning))
	}
	if r.NewGroups > 0 && !r.New {
		fmt.Fprintf(&out, "%d of what is to be created are components: they group resources, and nothing is done on Docker for them.\n", r.NewGroups)
	}
	return out.String()
}

func plain(text string) string { return strings.ReplaceAll(text, "**", "") }
