package mongoadmin

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALateAnswerIsAskedForAgain(t *testing.T) {
	late := fmt.Errorf("a: %w: %w", ErrUnreachable, errLate)
	slowDial := fmt.Errorf("a: %w: look at the container: %w", ErrUnreachable, context.DeadlineExceeded)
	for name, c := range map[string]struct {
		patient bool
		answers []error
		asked   int
		want    error
	}{
		"late twice":                 {true, []error{late, slowDial, nil}, 3, nil},
		"late for who asks anyway":   {false, []error{late, nil}, 1, errLate},
		"not there":                  {true, []error{ErrUnreachable, nil}, 1, ErrUnreachable},
		"late, and then not allowed": {true, []error{late, ErrLogin, nil}, 2, ErrLogin},
		"at once":                    {true, []error{nil}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if c.patient {
				ctx = Patient(ctx)
			}
			asked := 0
			err := inTime(ctx, func(ctx context.Context) error {
				_, bounded := ctx.Deadline()
				require.True(t, bounded)
				asked++
				return c.answers[asked-1]
			})
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.asked, asked)
		})
	}
}

func TestPatienceEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(Patient(t.Context()))
	asked := 0
	err := inTime(ctx, func(context.Context) error { asked++; cancel(); return errLate })
	require.ErrorIs(t, err, errLate)
	require.Equal(t, 1, asked)
}
