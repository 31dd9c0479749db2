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

// errNotLocal means that the container's address cannot be reached from this
// machine: the engine runs elsewhere, perhaps in a virtual machine, or a firewall
// is in between.
var errNotLocal = errors.New("the container's network is not on this machine")

// directTimeout bounds a connection to a container's own address. A bridge of this
// machine answers at once, so it only runs out when packets are dropped.
const directTimeout = time.Second

// dialDirect connects to the container's own address, which takes a thousandth of
// the time of an exec. It does so only if this machine has the gateway address of
// one of the container's networks. Otherwise the same address could belong to any
// other host.
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
		return nil, errNotLocal
	}
	for _, attached := range info.NetworkSettings.Networks {
		if hasLocalGateway(attached, local) {
			conn, err := dialWithRetry(ctx, net.JoinHostPort(attached.IPAddress, port))
			switch {
			case errors.Is(err, syscall.ECONNREFUSED):
				return nil, fmt.Errorf("container %s: connection refused on port %s", name, port)
			case err != nil && ctx.Err() == nil:
				return nil, errNotLocal
			case err != nil:
				return nil, fmt.Errorf("container %s: no connection in time: %w", name, err)
			}
			return conn, nil
		}
	}
	return nil, errNotLocal
}

func hasLocalGateway(attached *network.EndpointSettings, local []net.Addr) bool {
	return attached.IPAddress != "" && attached.Gateway != "" && slices.ContainsFunc(local, func(a net.Addr) bool {
		own, ok := a.(*net.IPNet)
		return ok && own.IP.String() == attached.Gateway
	})
}

// dialWithRetry retries a refused connection for about a second, since the server
// may have been started just now.
func dialWithRetry(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: directTimeout}
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
