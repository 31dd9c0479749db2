package results

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Write writes the report as Markdown; beside each figure that an earlier run has, too,
// stands what it was, and the ratio. before may be nil.
func (r *Report) Write(out io.Writer, before *Report) error {
	if _, err := fmt.Fprintf(out, "%s, %s\n", r.Time.UTC().Format("2006-01-02 15:04 UTC"), r.Machine); err != nil {
		return err
	}
	if before != nil {
		if _, err := fmt.Fprintf(out, "beside %s, %s\n", before.Time.UTC().Format("2006-01-02 15:04 UTC"), before.Machine); err != nil {
			return err
		}
	}
	for _, s := range r.Sections {
		if err := s.write(out, before); err != nil {
			return err
		}
	}
	return nil
}

func (s *Section) write(out io.Writer, before *Report) error {
	if _, err := fmt.Fprintf(out, "\n%s\n\n", s.Name); err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	if len(s.Rows) > 0 {
		head, rule := []string{""}, []string{"---"}
		for _, f := range s.Rows[0].Figures {
			head, rule = append(head, f.Name), append(rule, "---")
		}
		line(w, head)
		line(w, rule)
	}
	for _, row := range s.Rows {
		cells := []string{row.Name}
		for _, f := range row.Figures {
			cells = append(cells, s.cell(row, f, before))
		}
		line(w, cells)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, note := range s.Notes {
		if _, err := fmt.Fprintln(out, note); err != nil {
			return err
		}
	}
	return nil
}

func line(w io.Writer, cells []string) {
	for _, cell := range cells {
		_, _ = fmt.Fprintf(w, "| %s\t", cell) // a closed output shows when it is flushed
	}
	_, _ = fmt.Fprintln(w, "|")
}

func (s *Section) cell(row Row, f Figure, before *Report) string {
	if before == nil {
		return f.String()
	}
	old, known := before.earlier(s.Name, row.Name, f.Name)
	switch {
	case !known:
		return f.String() + " (new)"
	case old.Value == 0:
		return fmt.Sprintf("%s (was %s)", f, old)
	}
	return fmt.Sprintf("%s (was %s, × %.2f)", f, old, f.Value/old.Value)
}

// String has as many digits as say something.
func (f Figure) String() string {
	text := fmt.Sprintf("%.2f", f.Value)
	switch {
	case f.Value == float64(int64(f.Value)) || f.Value >= 100:
		text = fmt.Sprintf("%.0f", f.Value)
	case f.Value >= 10:
		text = fmt.Sprintf("%.1f", f.Value)
	}
	if f.Unit == "" {
		return text
	}
	return text + " " + f.Unit
}
