package explorer

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestFigures(t *testing.T) {
	s := newStand(t)
	s.do(t, "config", "set", "maxmemory", "64mb")
	s.do(t, "set", "lamp", "on")
	require.NoError(t, s.explorer.sample(t.Context()))
	first := get[overview](t, s, "/api/overview").Figures
	require.Regexp(t, `^\d+\.\d+\.\d+$`, first.Version)
	require.EqualValues(t, 64<<20, first.MemoryLimit)
	require.Positive(t, first.Memory)
	require.Positive(t, first.Clients)
	require.EqualValues(t, 1, first.Keys)
	require.Nil(t, first.CommandsPerSecond, "one look has no pace")
	require.Empty(t, first.Modules)

	for range 3 {
		s.do(t, "get", "lamp")
	}
	require.ErrorIs(t, s.fill.Get(t.Context(), "chair").Err(), redis.Nil)
	require.NoError(t, s.explorer.sample(t.Context()))
	o := get[overview](t, s, "/api/overview")
	require.EqualValues(t, 3, o.Figures.Hits)
	require.EqualValues(t, 1, o.Figures.Misses)
	require.Positive(t, *o.Figures.CommandsPerSecond)
	require.Len(t, o.Samples, 2)
	last := o.Samples[1]
	require.InDelta(t, 0.75, *last.HitRate, 0)
	require.Equal(t, o.Figures.Memory, *last.Memory)
	require.Zero(t, *last.Slow)

	require.NoError(t, s.explorer.sample(t.Context()))
	require.Nil(t, get[overview](t, s, "/api/overview").Samples[2].HitRate, "nobody has read")
}

// Whoever looks around must not see himself in the hit rate.
func TestLooksAreNotCounted(t *testing.T) {
	s := newStand(t)
	s.do(t, "set", "lamp", "on")
	s.do(t, "get", "lamp")
	for range 3 {
		get[keyList](t, s, "/api/keys")
		get[value](t, s, "/api/key?id="+id("lamp"))
		require.Equal(t, http.StatusNotFound, s.request(http.MethodGet, "/api/key?id="+id("chair")).Code)
	}
	require.Greater(t, parseInfo(s.fill.Info(t.Context()).Val()).number("keyspace_hits"), int64(1), "Redis counts them")
	f, err := s.explorer.readFigures(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, f.Hits)
	require.EqualValues(t, 0, f.Misses)
}

func TestSlowCommands(t *testing.T) {
	s := newStand(t)
	require.NoError(t, s.explorer.sample(t.Context()))
	s.do(t, "config", "set", "slowlog-log-slower-than", "0")
	s.do(t, "set", "lamp\xff", "on")
	s.do(t, "CONFIG", "SET", "masterauth", "s3cret")
	s.do(t, "config", "set", "slowlog-log-slower-than", "-1")
	require.NoError(t, s.explorer.sample(t.Context()))
	o := get[overview](t, s, "/api/overview")
	require.EqualValues(t, 3, o.Figures.Slow)
	require.EqualValues(t, 3, *o.Samples[1].Slow)

	log := get[struct{ Commands []slowCommand }](t, s, "/api/slowlog").Commands
	require.Len(t, log, 3)
	require.Equal(t, `set lamp\xff on`, log[1].Command.Text)
	require.WithinDuration(t, time.Now(), time.UnixMilli(log[1].At), time.Minute)
	require.Equal(t, "CONFIG …", log[0].Command.Text, "no password and no setting")
	body := s.request(http.MethodGet, "/api/slowlog").Body.String()
	require.NotContains(t, body, "s3cret")
	require.NotContains(t, body, "127.0.0.1")
}

func TestHistoryIsBounded(t *testing.T) {
	var h history
	start := time.Now()
	for i := range 3 * maxSamples {
		h.add(figures{run: "one", at: start.Add(time.Duration(i) * sampleEvery), commands: int64(10 * i)})
	}
	_, samples, err := h.since(start)
	require.NoError(t, err)
	require.Len(t, samples, maxSamples)
	require.LessOrEqual(t, cap(h.samples), 2*maxSamples)
	for _, s := range samples {
		require.InDelta(t, 2, *s.Commands, 0.001)
	}
	_, samples, _ = h.since(start.Add(time.Duration(3*maxSamples-2) * sampleEvery))
	require.Len(t, samples, 2)
	_, samples, _ = h.since(start.Add(24 * time.Hour))
	require.NotNil(t, samples, "null is no list")
	require.Empty(t, samples)
}

func TestGapsInTheHistory(t *testing.T) {
	var h history
	at := time.Now()
	next := func() time.Time { at = at.Add(sampleEvery); return at }
	away := errors.New("away")
	h.add(figures{run: "one", at: next(), commands: 100})
	h.failed(next(), away)
	h.failed(next(), away)
	_, samples, err := h.since(time.Time{})
	require.ErrorIs(t, err, away)
	require.Len(t, samples, 2, "one gap, however long")
	require.Nil(t, samples[1].Memory)

	h.add(figures{run: "one", at: next(), commands: 200})
	h.add(figures{run: "two", at: next(), commands: 10, Slow: 1})
	h.add(figures{run: "two", at: next(), commands: 20, Slow: 0})
	_, samples, err = h.since(time.Time{})
	require.NoError(t, err)
	require.Nil(t, samples[2].Commands, "nothing is known of the time away")
	require.NotNil(t, samples[2].Memory)
	require.Nil(t, samples[3].Commands, "another Redis counts from 0")
	require.InDelta(t, 2, *samples[4].Commands, 0.001)
	require.Zero(t, *samples[4].Slow, "the log was emptied")
}

func TestWatchLooksAlsoWhileNobodyDoes(t *testing.T) {
	s := newStand(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.explorer.watch(ctx); close(ended) }()
	require.Eventually(t, func() bool {
		_, samples, err := s.explorer.history.since(time.Time{})
		return err == nil && len(samples) == 1
	}, 2*time.Minute, time.Millisecond)
	cancel()
	<-ended
}

func TestModulesAreListed(t *testing.T) {
	text := "# Modules\r\nmodule:name=search,ver=21005,api=1,filters=0\r\nmodule:name=ReJSON,ver=20803,api=1\r\n"
	require.Equal(t, []string{"search 21005", "ReJSON 20803"}, modules(text))
	require.Empty(t, modules("# Server\r\nredis_version:7.4.1\r\n"))
}
