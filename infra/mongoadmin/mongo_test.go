package mongoadmin

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnEndpointIsReachedThroughItsContainer(t *testing.T) {
	through := Through(func(_ context.Context, container, port string) (net.Conn, error) {
		return nil, errors.New(container + " at " + port)
	})
	_, err := through(t.Context(), Endpoint{Container: "cluster-s1-a"}, "s1-a:27017")
	require.EqualError(t, err, "cluster-s1-a at 27017")
	_, err = through(t.Context(), Endpoint{}, "s1-a")
	require.ErrorContains(t, err, "dial s1-a: ")
}
