package explorer

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	sampleEvery = 5 * time.Second
	retryEvery  = time.Second // while Redis is away
	kept        = 15 * time.Minute
	maxSamples  = int(kept / sampleEvery)
)

// sample is one point of the plots. What is not known is null: all of it when
// Redis did not answer, the hit rate when nothing was read.
type sample struct {
	At       int64    `json:"at"` // milliseconds since 1970
	Memory   *int64   `json:"memory"`
	HitRate  *float64 `json:"hitRate"`
	Commands *float64 `json:"commands"` // a second
	Slow     *int64   `json:"slow"`     // since the sample before
}

// history is the last minutes, whoever looks.
type history struct {
	mu      sync.Mutex
	samples []sample
	last    figures // of the last answer
	err     error   // of the last question
}

// watch keeps the history until ctx ends.
func (e *explorer) watch(ctx context.Context) {
	for {
		wait := sampleEvery
		if err := e.sample(ctx); err != nil {
			wait = retryEvery
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

func (e *explorer) sample(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	f, err := e.readFigures(ctx)
	if err != nil {
		e.history.failed(time.Now(), err)
		return err
	}
	e.history.add(f)
	return nil
}

func (h *history) add(f figures) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := sample{At: f.at.UnixMilli(), Memory: &f.Memory}
	if took := f.at.Sub(h.last.at).Seconds(); h.err == nil && h.last.run == f.run && took > 0 {
		commands, slow := float64(f.commands-h.last.commands)/took, max(0, f.Slow-h.last.Slow)
		s.Commands, s.Slow, s.HitRate = &commands, &slow, rate(f.Hits-h.last.Hits, f.Misses-h.last.Misses)
		f.CommandsPerSecond = &commands
	}
	h.last, h.err = f, nil
	h.keep(s)
}

// failed leaves a gap; one entry is enough, however long it lasts.
func (h *history) failed(at time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err == nil {
		h.keep(sample{At: at.UnixMilli()})
	}
	h.err = err
}

func (h *history) keep(s sample) {
	if len(h.samples) == maxSamples {
		h.samples = slices.Delete(h.samples, 0, 1)
	}
	h.samples = append(h.samples, s)
}

// since is what was seen from a time on. err is why Redis does not answer now.
func (h *history) since(from time.Time) (last figures, samples []sample, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := slices.IndexFunc(h.samples, func(s sample) bool { return s.At >= from.UnixMilli() })
	if first < 0 {
		return h.last, []sample{}, h.err
	}
	return h.last, slices.Clone(h.samples[first:]), h.err
}

func rate(hits, misses int64) *float64 {
	if hits < 0 || misses < 0 || hits+misses == 0 {
		return nil
	}
	r := float64(hits) / float64(hits+misses)
	return &r
}
