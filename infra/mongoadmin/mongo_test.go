package mongoadmin

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// dialled tells what is dialled by an error.
type dialled struct{}

func (dialled) Dial(_ context.Context, container, port string) (net.Conn, error) {
	return nil, errors.New(container + " at " + port)
}

func TestAnEndpointIsReachedThroughItsContainer(t *testing.T) {
	dialer := Through(dialled{})(Endpoint{Host: "s1-a:27017", Container: "cluster-s1-a"})
	_, err := dialer.DialContext(t.Context(), "tcp", "s1-a:27017")
	require.EqualError(t, err, "cluster-s1-a at 27017")
	_, err = dialer.DialContext(t.Context(), "tcp", "s1-a")
	require.ErrorContains(t, err, "dial s1-a: ")
}
