package replset

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// pool holds the connections to one member. The driver's own pool takes a
// reply's memory before anybody can be asked whether there is any.
type pool struct {
	address string
	dialer  dialer
	greet   greeter
	slots   chan struct{} // one for each connection in use

	mu     sync.Mutex
	idle   []*link            // the one used last comes last
	open   map[*link]struct{} // all of them
	closed bool
}

func newPool(address string, d dialer, greet greeter) *pool {
	return &pool{address: address, dialer: d, greet: greet, slots: make(chan struct{}, maxConnections), open: map[*link]struct{}{}}
}

// get is a connection that nobody else uses until it is put back.
func (p *pool) get(ctx context.Context) (*link, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("all %d connections are in use: %w", maxConnections, ctx.Err())
	}
	if l := p.waiting(); l != nil {
		return l, nil
	}
	l, err := p.connect(ctx)
	if err != nil {
		<-p.slots
	}
	return l, err
}

// waiting is an idle connection that still stands, nil without.
func (p *pool) waiting() *link {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		last := len(p.idle) - 1
		l := p.idle[last]
		p.idle = p.idle[:last]
		if time.Since(l.since) < freshFor || l.stands() {
			return l
		}
		p.drop(l)
	}
	return nil
}

func (p *pool) connect(ctx context.Context) (*link, error) {
	l, err := dial(ctx, p.address, p.dialer, p.greet)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = l.Close()
		return nil, net.ErrClosed
	}
	p.open[l] = struct{}{}
	return l, nil
}

// put takes a connection back; one that is not sound any more is closed.
func (p *pool) put(l *link, sound bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if sound && !p.closed {
		l.since = time.Now()
		p.idle = append(p.idle, l)
	} else {
		p.drop(l)
	}
	for len(p.idle) > 0 && time.Since(p.idle[0].since) > maxIdle {
		p.drop(p.idle[0])
		p.idle = p.idle[1:]
	}
	<-p.slots
}

func (p *pool) drop(l *link) {
	delete(p.open, l)
	_ = l.Close()
}

// clear closes what is idle, for its member has been lost.
func (p *pool) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.idle {
		p.drop(l)
	}
	p.idle = nil
}

// retire closes each connection as soon as nobody uses it.
func (p *pool) retire() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.clear()
}

// close closes all connections, those in use at the latest when ctx ends.
func (p *pool) close(ctx context.Context) {
	p.retire()
	for range cap(p.slots) {
		select {
		case p.slots <- struct{}{}:
			continue
		case <-ctx.Done():
		}
		break
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.open {
		_ = l.Close()
	}
}
