package cluster

import (
	"context"
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/replset"
)

// A member that answers with one of these has not begun to carry out.
var refusals = []int32{
	10107, // NotWritablePrimary
	13435, // NotPrimaryNoSecondaryOk
}

// primarySteppedDown is a write's error when its member lost its office in the
// middle: what it did to the document at hand is undone, what a multi-write did
// to others before is not.
const primarySteppedDown = 189

// With these, a repeatable command is worth another attempt.
var transient = []int32{
	6, 7, 89, 9001, // HostUnreachable, HostNotFound, NetworkTimeout, SocketException
	91, 11600, 11602, 189, // ShutdownInProgress, Interrupted…, PrimarySteppedDown
	133, 134, 202, // FailedToSatisfyReadPreference, ReadConcernMajorityNotAvailableYet, NetworkInterfaceExceededTimeLimit
	10107, 13435, 13436, // NotWritablePrimary, NotPrimary…
}

// With these a member that routes says that what it knew of the catalogue was
// outdated, and has read it anew: mongos, too, tries again, and not for ever.
var stale = []int32{
	13388, 249, 150, 234, // StaleConfig, StaleDbVersion, StaleEpoch, ShardInvalidatedForTargeting
}

// MaxStale bounds how often one command meets a catalogue that has changed again.
const MaxStale = 10

const maxTimeMSExpired = 50

// worthRepeating says whether a reply calls for another attempt.
func worthRepeating(reply bsoncore.Document, cmd Command) bool {
	if replset.OK(reply) {
		return refusedWhole(reply, cmd.Single)
	}
	code := Code(reply)
	return slices.Contains(refusals, code) ||
		cmd.Repeatable && (slices.Contains(transient, code) || cmd.Routed && slices.Contains(stale, code))
}

// refusedWhole says whether each document of a write was refused, before any
// was applied.
func refusedWhole(reply bsoncore.Document, single func() bool) bool {
	list, ok := reply.Lookup("writeErrors").ArrayOK()
	if !ok {
		return false
	}
	if n, ok := reply.Lookup("n").AsInt64OK(); !ok || n != 0 {
		return false
	}
	if _, err := reply.LookupErr("writeConcernError"); err == nil {
		return false
	}
	writeErrors, err := list.Values()
	if err != nil || len(writeErrors) == 0 {
		return false
	}
	steppedDown := false
	for _, v := range writeErrors {
		doc, ok := v.DocumentOK()
		if !ok {
			return false
		}
		code := Code(doc)
		steppedDown = steppedDown || code == primarySteppedDown
		if code != primarySteppedDown && !slices.Contains(refusals, code) {
			return false
		}
	}
	return !steppedDown || single != nil && single()
}

// Code is the error code of a reply or of one of its writeErrors, 0 without.
func Code(doc bsoncore.Document) int32 {
	code, _ := doc.Lookup("code").AsInt32OK()
	return code
}

// underWay are things that are going on and that something may happen to, all at
// once.
type underWay[T any] struct {
	mu   sync.Mutex
	next uint64
	open map[uint64]T
}

// add returns what takes the thing out again.
func (u *underWay[T]) add(one T) (remove func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.open == nil {
		u.open = map[uint64]T{}
	}
	id := u.next
	u.next++
	u.open[id] = one
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.open, id)
	}
}

func (u *underWay[T]) each(do func(T)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, one := range u.open {
		do(one)
	}
}

// attempts are repeatable and can be interrupted: when a primary changes, whoever
// waits for the old one would wait in vain.
type attempts struct{ underWay[context.CancelFunc] }

func (a *attempts) interrupt() { a.each(func(cancel context.CancelFunc) { cancel() }) }
