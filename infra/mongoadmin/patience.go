package mongoadmin

import (
	"context"
	"errors"
	"time"
)

// patience is how long a question is asked again whose answer is late.
const patience = 15 * time.Second

// errLate means that a server was reached, and did not answer in time.
var errLate = errors.New("no answer in time")

type patientKey struct{}

// Patient is ctx for who looks once and reports what was seen: a machine that is busy
// must not look like a server that is away. Whoever polls asks again anyway, and shows
// the reason meanwhile.
func Patient(ctx context.Context) context.Context { return context.WithValue(ctx, patientKey{}, true) }

// inTime asks a question within askTimeout. A patient caller's is asked again as long as the
// answer is only late: a server that refuses, or that is not there, has answered.
func inTime(ctx context.Context, question func(ctx context.Context) error) error {
	patient := ctx.Value(patientKey{}) != nil
	for start := time.Now(); ; {
		err := within(ctx, askTimeout, question)
		late := errors.Is(err, errLate) || errors.Is(err, context.DeadlineExceeded)
		if !patient || !late || ctx.Err() != nil || time.Since(start) > patience-askTimeout {
			return err
		}
	}
}

func within(ctx context.Context, timeout time.Duration, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return do(ctx)
}
