package router

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/replset"
)

const (
	// What is known of a user is asked for again before it is 30 s old, as a mongos
	// does by default, so that what was changed elsewhere holds here within that.
	userFresh = 25 * time.Second
	userAsk   = 2 * time.Second // how long one question may take, and the next waits

	// Without the config servers, users keep what they had for so long. It is
	// longer than a restart of all of them, which must not stop programs whose data
	// is there; and a revoked privilege must not outlast it.
	userKept = 5 * time.Minute

	maxUsers = 10_000
)

// users remembers what the config servers say of users.
type users struct {
	read  func(context.Context, auth.Name) (*auth.User, error)
	asked singleflight.Group

	mu      sync.Mutex
	known   map[auth.Name]known
	changes int // of users or roles, through this router
}

type known struct {
	user  *auth.User // nil: there is none
	since time.Time
	next  time.Time // when it is asked for again
}

// get is the user, nil without an error if there is none of that name.
func (u *users) get(ctx context.Context, name auth.Name) (*auth.User, error) {
	for {
		k, changes := u.recall(name)
		if now := time.Now(); now.Before(k.next) && now.Sub(k.since) < userKept {
			return k.user, nil
		}
		found, err, _ := u.asked.Do(fmt.Sprint(changes, name.DB, ".", name.Name), func() (any, error) {
			asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), userAsk)
			defer cancel()
			return u.read(asking, name)
		})
		user, _ := found.(*auth.User)
		switch current := u.learn(name, user, err, changes); {
		case !current && ctx.Err() == nil: // it was changed in the meantime
		case err == nil:
			return user, nil
		case time.Since(k.since) < userKept:
			return k.user, nil
		default:
			return nil, fmt.Errorf("the privileges of %s cannot be read: %w", name, err)
		}
	}
}

// recall is what is known. If that is to be asked for again, whoever comes next
// goes on with it in the meantime.
func (u *users) recall(name auth.Name) (k known, changes int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	k, ok := u.known[name]
	if now := time.Now(); ok && !now.Before(k.next) {
		again := k
		again.next = now.Add(userAsk)
		u.known[name] = again
	}
	return k, u.changes
}

// learn says whether what was found is still so.
func (u *users) learn(name auth.Name, user *auth.User, err error, changes int) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.changes != changes {
		return false
	}
	if err == nil {
		if u.known == nil || len(u.known) >= maxUsers {
			u.known = map[auth.Name]known{}
		}
		now := time.Now()
		u.known[name] = known{user: user, since: now, next: now.Add(userFresh)}
	}
	return true
}

// forget drops all that is known: a user or role was changed.
func (u *users) forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.changes++
	u.known = nil
}

// drop has one user asked for again.
func (u *users) drop(name auth.Name) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.known, name)
}

func (r *Router) readUser(ctx context.Context, name auth.Name) (*auth.User, error) {
	if name == auth.System {
		return auth.SystemUser(), nil
	}
	reply, err := r.cluster.Admin(ctx, r.cluster.ConfigPrimary, true, "admin", auth.Info(name))
	if err != nil {
		return nil, err
	}
	if !replset.OK(reply) {
		return nil, fmt.Errorf("the answer was %s", reply)
	}
	return auth.ParseUser(reply)
}
