package secure

import "fmt"

// Mode is how far a server demands TLS, as --tlsMode says it.
type Mode string

// The modes, from none to all. Each may follow the one before it while all
// programs run.
const (
	Disabled Mode = "disabled"
	Allow    Mode = "allowTLS"   // clients may use it
	Prefer   Mode = "preferTLS"  // and the router itself does
	Require  Mode = "requireTLS" // and clients must
)

// ParseMode is the mode of that name.
func ParseMode(name string) (Mode, error) {
	switch mode := Mode(name); mode {
	case Disabled, Allow, Prefer, Require:
		return mode, nil
	}
	return "", fmt.Errorf("--tlsMode %s: must be %s, %s, %s or %s", name, Disabled, Allow, Prefer, Require)
}

// outgoing says whether the router asks members for TLS.
func (m Mode) outgoing() bool { return m == Prefer || m == Require }
