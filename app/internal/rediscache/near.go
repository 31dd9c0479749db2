package rediscache

import (
	"sync"
	"time"
)

const (
	// nearFor is how long a copy serves, from when Redis was asked for it. So no answer is
	// older than Redis's by more than this.
	nearFor = time.Second
	// nearAfter is how often Redis must have given an entry within nearFor before a copy
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
	young, old map[string]copied
	since      time.Time // when the young ones began
	bytes      int       // that the young ones take
}

// copied is what is known of a key.
type copied struct {
	object []byte    // nil until it was given often enough
	asked  time.Time // when Redis was asked for it
	first  time.Time // the first time of those that are counted
	given  int       // how often Redis gave it within nearFor of first
}

// get answers the copy of key, if there is one that may serve now.
func (n *near) get(key string, now time.Time) ([]byte, bool) {
	n.mu.RLock()
	c := n.find(key)
	n.mu.RUnlock()
	return c.object, c.object != nil && now.Sub(c.asked) < nearFor
}

func (n *near) find(key string) copied {
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
	c := n.find(key)
	if asked.Sub(c.first) >= nearFor {
		c = copied{first: asked}
	}
	if asked.Before(c.asked) {
		return // a later answer came first
	}
	c.asked, c.object = asked, nil
	if c.given++; c.given >= nearAfter {
		c.object = object
	}
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
	n.young, n.since, n.bytes = map[string]copied{}, now, 0
}
