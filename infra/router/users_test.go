package router

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/infra/router/auth"
)

// directory plays the config servers.
type directory struct {
	users
	answer atomic.Pointer[auth.User]
	gone   atomic.Bool // they do not answer
	reads  atomic.Int64
	change func() // in the middle of a read
}

var errGone = errors.New("gone")

func newDirectory() *directory {
	d := &directory{}
	d.read = func(ctx context.Context, _ auth.Name) (*auth.User, error) {
		d.reads.Add(1)
		found := d.answer.Load()
		if d.change != nil {
			d.change()
		}
		if d.gone.Load() {
			<-ctx.Done()
			return nil, errGone
		}
		return found, nil
	}
	return d
}

func TestUsersAreAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, jane := newDirectory(), &auth.User{ID: "1"}
		get := func() *auth.User {
			user, err := d.get(t.Context(), auth.Name{Name: "jane"})
			require.NoError(t, err)
			return user
		}
		require.Nil(t, get(), "there is none")
		d.answer.Store(jane)
		for since := time.Duration(0); get() != jane; since += time.Second {
			require.Less(t, since, 30*time.Second, "what changed elsewhere holds")
			time.Sleep(time.Second)
		}
		reads := d.reads.Load()
		for range 1000 {
			get()
		}
		require.Equal(t, reads, d.reads.Load(), "it is not asked for each time")

		d.answer.Store(nil)
		d.forget()
		require.Nil(t, get(), "what changed here holds at once")
		d.answer.Store(jane)
		d.drop(auth.Name{Name: "jane"})
		require.Equal(t, jane, get())
	})
}

func TestUsersOutliveTheConfigServersForATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, jane := newDirectory(), auth.Name{Name: "jane"}
		d.answer.Store(&auth.User{})
		_, err := d.get(t.Context(), jane)
		require.NoError(t, err)
		d.gone.Store(true)
		begin := time.Now()
		waited := time.Duration(0)
		for time.Since(begin) < userKept-10*time.Second {
			asked := time.Now()
			user, err := d.get(t.Context(), jane)
			require.NoError(t, err)
			require.NotNil(t, user)
			waited = max(waited, time.Since(asked))
			time.Sleep(time.Second)
		}
		require.LessOrEqual(t, waited, userAsk)
		time.Sleep(20 * time.Second)
		_, err = d.get(t.Context(), jane)
		require.ErrorIs(t, err, errGone)
		d.gone.Store(false)
		_, err = d.get(t.Context(), jane)
		require.NoError(t, err)
	})
}

// While one asks, the others go on.
func TestAQuestionHoldsOneUpOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, jane := newDirectory(), auth.Name{Name: "jane"}
		d.answer.Store(&auth.User{})
		_, _ = d.get(t.Context(), jane)
		time.Sleep(userFresh)
		d.gone.Store(true)
		var held atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				begin := time.Now()
				_, err := d.get(t.Context(), jane)
				if err != nil || time.Since(begin) > 0 {
					held.Add(1)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, held.Load())
	})
}

// What was read before a change is not taken for what is after it.
func TestAChangeInTheMiddleOfAQuestion(t *testing.T) {
	d, jane := newDirectory(), auth.Name{Name: "jane"}
	d.answer.Store(&auth.User{ID: "before"})
	d.change = func() {
		d.change = nil
		d.answer.Store(&auth.User{ID: "after"})
		d.forget()
	}
	user, err := d.get(t.Context(), jane)
	require.NoError(t, err)
	require.Equal(t, "after", user.ID)
}
