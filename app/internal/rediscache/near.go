package rediscache

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// nearFor is how long a copy serves, from when Redis was asked for it. So no answer is
	// older than Redis's by more than this.
	nearFor = time.Second
	// nearRenewed is the age from which one request asks Redis again, while the copy serves
	// the others: were all of them to ask at once, once a second, those would be slow.
	nearRenewed = nearFor * 3 / 4
	// nearAfter is how often an entry must have been asked for within nearFor before a copy
	// serves. What is asked for now and then always comes from Redis.
	nearAfter = 10
	// nearBytes bounds the copies of the last nearFor; as much again may be from before.
	nearBytes = 8 << 20
	// nearEntry is about what the account of a key takes, besides key and copy.
	nearEntry = 150
)

// near are copies of the entries that everybody asks for just now, in this gateway's own
// memory. They are held for two generations of nearFor, and dropped as a whole.
type near struct {
	mu         sync.RWMutex
	young, old map[string]*copied
	since      time.Time // when the young ones began
	bytes      int       // that the young ones take
}

// copied is what is known of a key.
type copied struct {
	object  []byte       // nil until it was asked for often enough
	asked   time.Time    // when Redis was asked for it
	first   time.Time    // the first time of those that are counted
	times   atomic.Int64 // how often it was asked for since, Redis or the copy
	renewed atomic.Bool  // somebody asks Redis again
}

// get answers the copy of key, if there is one that may serve now.
func (n *near) get(key string, now time.Time) ([]byte, bool) {
	n.mu.RLock()
	c := n.find(key)
	n.mu.RUnlock()
	if c == nil || c.object == nil {
		return nil, false
	}
	age := now.Sub(c.asked)
	if age >= nearFor || age >= nearRenewed && c.renewed.CompareAndSwap(false, true) {
		return nil, false
	}
	c.times.Add(1)
	return c.object, true
}

func (n *near) find(key string) *copied {
	if c, ok := n.young[key]; ok {
		return c
	}
	return n.old[key]
}

// add notes that Redis, asked at a time, has given the object.
func (n *near) add(key string, object []byte, asked time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.turn(asked)
	before := n.find(key)
	if before != nil && asked.Before(before.asked) {
		return // a later answer came first
	}
	c := before.next(object, asked)
	takes := len(c.object)
	if before, ok := n.young[key]; ok {
		takes -= len(before.object)
	} else {
		takes += len(key) + nearEntry
	}
	if n.bytes+takes > nearBytes {
		return
	}
	n.bytes += takes
	n.young[key] = c
}

// next is what is known of a key when Redis, asked at a time, has given the object; c is
// what was known before, nil for nothing.
func (c *copied) next(object []byte, asked time.Time) *copied {
	next := &copied{asked: asked, first: asked}
	times, period := int64(1), nearFor
	serves := c != nil && c.object != nil && asked.Sub(c.asked) < nearFor
	if serves {
		period = nearRenewed
	}
	within := c != nil && asked.Sub(c.first) < period
	if within || serves {
		times += c.times.Load()
	}
	switch {
	case within && serves: // asked before there was a copy
		next.object, next.first = object, c.first
	case times >= nearAfter: // whether this makes it a copy, or renews one: it is counted anew
		next.object, times = object, 0
	case within:
		next.first = c.first
	default:
		times = 1
	}
	next.times.Store(times)
	return next
}

// turn makes the young ones old ones when their time is over.
func (n *near) turn(now time.Time) {
	age := now.Sub(n.since)
	if n.young != nil && age < nearFor {
		return
	}
	n.old = n.young
	if age >= 2*nearFor {
		n.old = nil
	}
	n.young, n.since, n.bytes = map[string]*copied{}, now, 0
}
