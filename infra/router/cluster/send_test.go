package cluster

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"speedscale/infra/router/replset"
	"speedscale/infra/router/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// played is a member that answers as it is told, one answer an attempt.
type played struct {
	answers []answer
	limits  []time.Duration // of the attempts
}

type answer struct {
	reply bson.D
	err   error
	hang  bool // until the attempt is given up
}

func (p *played) Address() string { return "played:1" }
func (p *played) SetName() string { return "set" }

func (p *played) Run(ctx context.Context, body bsoncore.Document, _ []wire.Sequence) (bsoncore.Document, error) {
	p.limits = append(p.limits, time.Duration(body.Lookup("limit").AsInt64()))
	a := p.answers[min(len(p.limits), len(p.answers))-1]
	if a.hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if a.err != nil {
		return nil, a.err
	}
	return encode(a.reply), nil
}

func encode(d bson.D) bsoncore.Document {
	b, err := bson.Marshal(d)
	if err != nil {
		panic(err)
	}
	return b
}

func code(n int32) answer {
	return answer{reply: bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: n}}}
}

func writeErrors(n int32, codes ...int32) answer {
	var list bson.A
	for i, c := range codes {
		list = append(list, bson.D{{Key: "index", Value: i}, {Key: "code", Value: c}})
	}
	return answer{reply: bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: n}, {Key: "writeErrors", Value: list}}}
}

var (
	fine     = answer{reply: bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: int32(1)}}}
	notSent  = answer{err: fmt.Errorf("%w: refused", replset.ErrNotSent)}
	lostLine = answer{err: errors.New("connection reset")}
)

func send(t require.TestingT, repeatable, single bool, answers ...answer) (*played, bsoncore.Document, error) {
	return sendAs(t, Command{Repeatable: repeatable, Routed: true, Single: func() bool { return single }}, answers...)
}

func sendAs(t require.TestingT, cmd Command, answers ...answer) (*played, bsoncore.Document, error) {
	p := &played{answers: answers}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second+Grace)
	defer cancel()
	cmd.Body = func(limit time.Duration) bsoncore.Document {
		return encode(bson.D{{Key: "limit", Value: int64(limit)}})
	}
	reply, _, err := new(Cluster).Send(ctx, func() (Node, error) { return p, nil }, cmd)
	return p, reply, err
}

func TestSend(t *testing.T) {
	for _, c := range []struct {
		name               string
		repeatable, single bool
		answer             answer
		attempts           int
		err                error
	}{
		{"a write that worked", false, true, fine, 1, nil},
		{"a write that did not leave", false, true, notSent, 2, nil},
		{"a write whose reply is lost", false, true, lostLine, 1, ErrUnknownOutcome},
		{"a read whose reply is lost", true, false, lostLine, 2, nil},
		{"a write that a secondary refused", false, true, code(10107), 2, nil},
		{"a write at a member that shuts down", false, true, code(91), 1, nil},
		{"a write that was interrupted", false, true, code(11602), 1, nil},
		{"a read at a member that shuts down", true, false, code(91), 2, nil},
		{"a read that was interrupted", true, false, code(11602), 2, nil},
		{"a read out of time", true, false, code(50), 1, nil},
		{"a duplicate key", false, true, writeErrors(0, 11000), 1, nil},
		{"a shard that refused all", false, true, writeErrors(0, 10107, 10107), 2, nil},
		{"a shard that refused some", false, true, writeErrors(1, 10107), 1, nil},
		{"a shard that cannot be reached", false, true, writeErrors(0, 6), 1, nil},
		{"one update, stepped down", false, true, writeErrors(0, 189), 2, nil},
		{"update of many, stepped down", false, false, writeErrors(0, 189), 1, nil},
		{"refused and stepped down", false, true, writeErrors(0, 10107, 189), 2, nil},
		{"write concern failed", false, true, answer{reply: append(writeErrors(0, 10107).reply, bson.E{Key: "writeConcernError", Value: bson.D{}})}, 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, reply, err := send(t, c.repeatable, c.single, c.answer, fine)
			require.Len(t, p.limits, c.attempts)
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
				return
			}
			require.NoError(t, err)
			if c.attempts > 1 {
				require.Equal(t, encode(fine.reply), reply)
			} else {
				require.Equal(t, encode(c.answer.reply), reply)
			}
		})
	}
}

// Whatever a member answers: what may have been carried out is sent once.
func TestSendNeverRepeatsWhatMayHaveWorked(t *testing.T) {
	harmless := []answer{notSent, code(10107), code(13435), writeErrors(0, 10107)}
	final := []answer{fine, lostLine, code(6), code(91), code(189), code(11600), code(11602), code(50), writeErrors(0, 6), writeErrors(1, 10107), writeErrors(0, 11602), writeErrors(0, 10107, 6)}
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(rapid.SampledFrom(harmless), 0, 3).Draw(t, "before")
		end := rapid.SampledFrom(final).Draw(t, "end")
		p, reply, err := send(t, false, false, append(before, end, fine)...)
		require.Len(t, p.limits, len(before)+1)
		if end.err != nil {
			require.ErrorIs(t, err, ErrUnknownOutcome)
		} else {
			require.Equal(t, encode(end.reply), reply)
		}
	})
}

func TestSendShortensAttemptsAfterTheFirst(t *testing.T) {
	p, _, err := send(t, true, false, code(189), code(50), code(91), fine)
	require.NoError(t, err)
	require.Greater(t, p.limits[0], 19*time.Second, "all the time")
	require.Equal(t, []time.Duration{firstRetry, 2 * firstRetry, 4 * firstRetry}, p.limits[1:], "an attempt at the old primary must not take all of it")
}

// However long a command may take: where no member takes it, its sender hears of
// that soon. One that is carried out takes what it takes.
func TestSendGivesUpWhereNobodyTakesTheCommand(t *testing.T) {
	for _, c := range []struct {
		name     string
		answers  []answer // the last one again and again; none: no member is there
		atLeast  time.Duration
		atMost   time.Duration
		err      error
		lastCode int32
	}{
		{"no primary", nil, patience, 2 * patience, ErrNowhere, 0},
		{"a member that cannot be reached", []answer{notSent}, patience, 2 * patience, ErrNowhere, 0},
		{"a member that reaches no primary", []answer{code(133)}, patience, 2 * patience, nil, 133},
		{"a member that is at work", []answer{code(189), {hang: true}}, time.Hour, time.Hour + patience, ErrNowhere, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &played{answers: c.answers}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				began := time.Now()
				reply, _, err := new(Cluster).Send(ctx, func() (Node, error) {
					if len(p.answers) == 0 {
						return nil, replset.ErrNoPrimary
					}
					return p, nil
				}, Command{Repeatable: true, Body: func(limit time.Duration) bsoncore.Document {
					return encode(bson.D{{Key: "limit", Value: int64(limit)}})
				}})
				require.ErrorIs(t, err, c.err)
				require.Equal(t, c.lastCode, Code(reply))
				took := time.Since(began)
				require.GreaterOrEqual(t, took, c.atLeast)
				require.LessOrEqual(t, took, c.atMost)
			})
		})
	}
}

func TestSendRepeatsWhatMetAnOutdatedCatalogue(t *testing.T) {
	for _, c := range []int32{13388, 249, 150, 234} {
		p, reply, err := send(t, true, false, code(c), code(c), fine)
		require.NoError(t, err)
		require.Len(t, p.limits, 3)
		require.Equal(t, encode(fine.reply), reply)

		p, _, err = send(t, false, false, code(c), fine)
		require.NoError(t, err)
		require.Len(t, p.limits, 1, "a write is its router's to repeat")

		p, _, err = sendAs(t, Command{Repeatable: true}, code(c), fine)
		require.NoError(t, err)
		require.Len(t, p.limits, 1, "with the same outdated version it would fail again: whoever sent it reads the catalogue first")
	}
	var always []answer
	for range 20 {
		always = append(always, code(13388))
	}
	p, reply, err := send(t, true, false, always...)
	require.NoError(t, err)
	require.Len(t, p.limits, MaxStale+1, "and not for ever")
	require.Equal(t, encode(code(13388).reply), reply)
}

func TestSendEndsWithTheLastReason(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, _, err := new(Cluster).Send(ctx, func() (Node, error) { return nil, fmt.Errorf("%w of shard1", replset.ErrNoPrimary) }, Command{})
	require.ErrorIs(t, err, ErrNowhere)
	require.ErrorIs(t, err, replset.ErrNoPrimary)
}

func TestSendWakesWhenAMemberChanges(t *testing.T) {
	c := new(Cluster)
	p := &played{answers: []answer{{hang: true}, fine}}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	asked := make(chan struct{}, 10)
	done := make(chan error, 1)
	go func() {
		_, _, err := c.Send(ctx, func() (Node, error) { asked <- struct{}{}; return p, nil }, Command{
			Repeatable: true, Body: func(time.Duration) bsoncore.Document { return encode(bson.D{{Key: "limit", Value: int64(1)}}) },
		})
		done <- err
	}()
	<-asked
	for tick := time.NewTicker(time.Millisecond); ; {
		c.changed(true) // a primary changed: what hangs is sent again
		select {
		case err := <-done:
			tick.Stop()
			require.NoError(t, err)
			require.Len(t, p.limits, 2)
			return
		case <-tick.C:
		case <-ctx.Done():
			require.NoError(t, ctx.Err())
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory[int]
	for i := range 3 * maxRemembered {
		m.remember(fmt.Sprint(i), i)
		require.LessOrEqual(t, len(m.values), maxRemembered)
	}
	last := fmt.Sprint(3*maxRemembered - 1)
	v, ok := m.recall(last)
	require.True(t, ok)
	require.Equal(t, 3*maxRemembered-1, v)
	m.forget(last)
	_, ok = m.recall(last)
	require.False(t, ok)
}

func TestShardVersion(t *testing.T) {
	c := Collection{NS: "db.c", Epoch: bson.NewObjectID(), Timestamp: bson.Timestamp{T: 1}, Owners: []Owner{{Shard: "a", Version: bson.Timestamp{T: 5, I: 1}}}}
	require.True(t, c.Sharded())
	require.Equal(t, bson.Timestamp{T: 5, I: 1}, c.ShardVersion("a")[2].Value)
	require.Equal(t, bson.Timestamp{}, c.ShardVersion("b")[2].Value, "a shard without chunks")
	require.False(t, Collection{}.Sharded())
}
