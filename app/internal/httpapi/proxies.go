package httpapi

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	resolveTimeout = 500 * time.Millisecond
	resolvedFor    = time.Second // an unknown peer makes names be resolved again after this
)

// proxies are the peers whose X-Forwarded-For is believed. Those given by name
// (a container's, whose address changes when it is replaced) are resolved when
// a peer is not known.
type proxies struct {
	networks []netip.Prefix
	names    []string
	lookup   func(ctx context.Context, network, host string) ([]netip.Addr, error)

	mu        sync.Mutex
	addresses []netip.Addr
	resolved  time.Time
}

// newProxies reads addresses, networks and names.
func newProxies(list []string) *proxies {
	p := &proxies{lookup: net.DefaultResolver.LookupNetIP}
	for _, s := range list {
		if network, err := netip.ParsePrefix(s); err == nil {
			p.networks = append(p.networks, network.Masked())
		} else if addr, err := netip.ParseAddr(s); err == nil {
			p.networks = append(p.networks, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
		} else {
			p.names = append(p.names, s)
		}
	}
	return p
}

// client is the address that the request came from: the last one that no
// trusted proxy reported of another. An invalid address is the zero Addr.
func (p *proxies) client(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	client := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !p.trusts(r.Context(), client) {
			return client
		}
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return client
		}
		client = addr.Unmap()
	}
	return client
}

func (p *proxies) trusts(ctx context.Context, addr netip.Addr) bool {
	for _, network := range p.networks {
		if network.Contains(addr) {
			return true
		}
	}
	if len(p.names) == 0 {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.addresses, addr) && time.Since(p.resolved) > resolvedFor {
		p.resolve(ctx)
	}
	return slices.Contains(p.addresses, addr)
}

// resolve asks for the names' addresses; a name that is not known now has none.
func (p *proxies) resolve(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resolveTimeout)
	defer cancel()
	p.addresses = nil
	for _, name := range p.names {
		found, err := p.lookup(ctx, "ip", name)
		if err != nil {
			continue
		}
		for _, addr := range found {
			p.addresses = append(p.addresses, addr.Unmap())
		}
	}
	p.resolved = time.Now()
}
