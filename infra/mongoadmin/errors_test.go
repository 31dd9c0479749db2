package mongoadmin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

func TestWhatPassesByItself(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"no primary yet":               {mongo.CommandError{Code: codeNotWritablePrimary, Name: "NotWritablePrimary"}, true},
		"a balancer that begins":       {mongo.CommandError{Code: 1, Name: "BalancerInterrupted"}, true},
		"a connection that was cut":    {fmt.Errorf("ask: %w", io.EOF), true},
		"out of reach":                 {fmt.Errorf("%w: refused", ErrUnreachable), true},
		"out of time":                  {context.DeadlineExceeded, true},
		"a shard that does not exist":  {mongo.CommandError{Code: 70, Name: "ShardNotFound"}, false},
		"another set's data":           {ErrRemains, false},
		"anything else":                {errors.New("no"), false},
		"an end that its caller wants": {context.Canceled, false},
	} {
		require.Equal(t, c.want, IsTransient(c.err), name)
	}
}
