package dockerhost

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/docker/docker/api/types/network"
)

// errNotHere: the container's address leads nowhere from here. The engine runs
// elsewhere, in a virtual machine perhaps, or a firewall is in between.
var errNotHere = errors.New("the container's network is not on this machine")

// reachTimeout tells a bridge of this machine, which answers at once, from one
// whose packets are dropped.
const reachTimeout = time.Second

// dialDirect reaches the container's own address, which takes a thousandth of
// an exec's time, if this machine holds the gateway of one of its networks.
// Without that proof the address could be anybody's.
func (e *Engine) dialDirect(ctx context.Context, name, port string) (net.Conn, error) {
	info, err := e.api.ContainerInspect(ctx, name)
	if err != nil {
		return nil, dialError(name, err)
	}
	if !info.State.Running {
		return nil, fmt.Errorf("container %s is not running: it is %s", name, info.State.Status)
	}
	local, err := net.InterfaceAddrs()
	if err != nil {
		return nil, errNotHere
	}
	for _, attached := range info.NetworkSettings.Networks {
		if isBridgeOf(attached, local) {
			conn, err := dialStarting(ctx, net.JoinHostPort(attached.IPAddress, port))
			switch {
			case errors.Is(err, syscall.ECONNREFUSED):
				return nil, fmt.Errorf("container %s: connection refused on port %s", name, port)
			case err != nil && ctx.Err() == nil:
				return nil, errNotHere
			case err != nil:
				return nil, fmt.Errorf("container %s: no connection in time: %w", name, err)
			}
			return conn, nil
		}
	}
	return nil, errNotHere
}

func isBridgeOf(attached *network.EndpointSettings, local []net.Addr) bool {
	return attached.IPAddress != "" && attached.Gateway != "" && slices.ContainsFunc(local, func(a net.Addr) bool {
		own, ok := a.(*net.IPNet)
		return ok && own.IP.String() == attached.Gateway
	})
}

// dialStarting dials a server that may have been started a moment ago: a
// refused connection is tried for about a second more.
func dialStarting(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: reachTimeout}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for attempt := 0; ; attempt++ {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil || attempt == 9 || !errors.Is(err, syscall.ECONNREFUSED) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(err, ctx.Err())
		case <-tick.C:
		}
	}
}
