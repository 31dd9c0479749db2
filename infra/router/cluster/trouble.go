package cluster

import "time"

// limits are those of requests that set none of their own. As long as every
// shard keeps its primary, a request takes what it takes, as it does through a
// genuine mongos. Whoever waits for a member that has stopped without a word
// would wait for ever; that it has is seen when its set elects another.
type limits struct{ underWay[*limit] }

type limit struct {
	after time.Duration
	end   func()
	timer *time.Timer // once it counts
}

// EndInTrouble has end called when a request goes on for that long after a shard
// has lost its primary, or replaced it. done takes the request out again.
func (c *Cluster) EndInTrouble(after time.Duration, end func()) (done func()) {
	return c.limits.add(&limit{after: after, end: end}, !c.Settled())
}

func (l *limits) add(one *limit, counts bool) (done func()) {
	if counts {
		one.count()
	}
	remove := l.underWay.add(one)
	return func() {
		remove()
		if one.timer != nil {
			one.timer.Stop()
		}
	}
}

// count has all requests that are under way come to an end.
func (l *limits) count() { l.each((*limit).count) }

func (l *limit) count() {
	if l.timer == nil {
		l.timer = time.AfterFunc(l.after, l.end)
	}
}
