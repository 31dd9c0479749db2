// Package results keeps what a run of the bench has measured: for people as tables,
// for the next run as JSON.
package results

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Report is a run.
type Report struct {
	Time     time.Time  `json:"time"`
	Machine  string     `json:"machine"`
	Sections []*Section `json:"sections"`
}

// Section is one table.
type Section struct {
	Name  string   `json:"name"`
	Rows  []Row    `json:"rows"`
	Notes []string `json:"notes,omitempty"`
}

// Row has the same figures as the others of its section.
type Row struct {
	Name    string   `json:"name"`
	Figures []Figure `json:"figures"`
}

// Figure is one number.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
}

// Number is a figure.
func Number(name string, value float64, unit string) Figure { return Figure{name, value, unit} }

// Ms is a figure in milliseconds.
func Ms(name string, d time.Duration) Figure {
	return Figure{name, float64(d.Microseconds()) / 1000, "ms"}
}

// Section is that one, new if there is none.
func (r *Report) Section(name string) *Section {
	if s := r.find(name); s != nil {
		return s
	}
	s := &Section{Name: name}
	r.Sections = append(r.Sections, s)
	return s
}

// Last puts a section behind the others.
func (r *Report) Last(name string) {
	isLast := func(s *Section) int {
		if s.Name == name {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(r.Sections, func(a, b *Section) int { return isLast(a) - isLast(b) })
}

func (r *Report) find(name string) *Section {
	i := slices.IndexFunc(r.Sections, func(s *Section) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return r.Sections[i]
}

// Add appends a row.
func (s *Section) Add(name string, figures ...Figure) { s.Rows = append(s.Rows, Row{name, figures}) }

// Note appends a line below the table.
func (s *Section) Note(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}

// earlier is what a figure was in another run.
func (r *Report) earlier(section, row, figure string) (Figure, bool) {
	s := r.find(section)
	if s == nil {
		return Figure{}, false
	}
	for _, have := range s.Rows {
		if have.Name != row {
			continue
		}
		if i := slices.IndexFunc(have.Figures, func(f Figure) bool { return f.Name == figure }); i >= 0 {
			return have.Figures[i], true
		}
	}
	return Figure{}, false
}

// Save writes the report to a file, whose folder it makes.
func (r *Report) Save(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return fmt.Errorf("write the report (-json): %w", err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil { //nolint:gosec // it is for all to read
		return fmt.Errorf("write the report (-json): %w", err)
	}
	return nil
}

// Load reads what Save wrote.
func Load(file string) (*Report, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the earlier report (-compare): %w", err)
	}
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("read the earlier report (-compare) %s: %w", file, err)
	}
	return &r, nil
}

// FileFor is where the report of a run that began then is kept.
func FileFor(dir string, at time.Time) string {
	return filepath.Join(dir, strings.ReplaceAll(at.UTC().Format(time.RFC3339), ":", "")+".json")
}
