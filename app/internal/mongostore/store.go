// Package mongostore keeps the catalogue in MongoDB, reached through mongos.
package mongostore

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"golang.org/x/sync/semaphore"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/dependency"
)

const (
	// Collection is the products' collection, sharded by {_id: "hashed"}.
	Collection = "products"

	selectionTimeout = time.Second     // to find that mongos is away
	operationTimeout = 3 * time.Second // bounds any operation whose caller gives it longer
	maxConnections   = 64              // and so the searches that run at once

	breakerFailures = 5               // in a row, after which nobody waits for MongoDB any more …
	breakerPause    = 1 * time.Second // … until one request tries again

	moment = 3 * time.Second // a router that is replaced is back sooner
)

// Store is the catalogue in MongoDB.
type Store struct {
	client   *mongo.Client
	products *mongo.Collection
	breaker  *dependency.Breaker[any]

	intersections *semaphore.Weighted

	indexed     atomic.Bool // the index of indexed products is there
	pairs       atomic.Bool // the index of pairs is there
	pairsWanted atomic.Bool // and it should be
}

var _ catalog.Store = (*Store)(nil)

// Open prepares the connection to uri; it does not wait for the server.
// Reads prefer the primary, so that a lost one costs no answers. trust is how servers
// are known that speak TLS, as a uri with tls=true says.
func Open(uri, database string, trust *tls.Config, observer dependency.Observer) (*Store, error) {
	opts := options.Client().ApplyURI(uri).
		SetAppName("gateway").
		SetMonitor(monitor(observer)).
		SetServerSelectionTimeout(selectionTimeout).
		SetConnectTimeout(selectionTimeout).
		SetTimeout(operationTimeout).
		SetMaxPoolSize(maxConnections).
		SetReadPreference(readpref.PrimaryPreferred()).
		SetWriteConcern(writeconcern.Majority())
	if opts.TLSConfig != nil && trust != nil {
		opts.SetTLSConfig(trust)
	}
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, fmt.Errorf("open MongoDB: %w", err)
	}
	return &Store{
		client:   client,
		products: client.Database(database).Collection(Collection),

		intersections: semaphore.NewWeighted(intersections),
		breaker: dependency.NewBreaker[any](dependency.Settings{
			Name: "mongodb", Failures: breakerFailures, Pause: breakerPause,
			Answered: func(err error) bool { return !errors.Is(err, catalog.ErrUnavailable) },
		}, observer),
	}, nil
}

func monitor(observer dependency.Observer) *event.CommandMonitor {
	return &event.CommandMonitor{
		Succeeded: func(ctx context.Context, e *event.CommandSucceededEvent) {
			observer.Done(ctx, e.CommandName, e.Duration, true)
		},
		Failed: func(ctx context.Context, e *event.CommandFailedEvent) {
			observer.Done(ctx, e.CommandName, e.Duration, false)
		},
	}
}

// Close ends all connections.
func (s *Store) Close(ctx context.Context) error { return s.client.Disconnect(ctx) }

// Ping tells whether mongos answers, and every shard that has products: counting
// asks each.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.client.Ping(ctx, nil); err != nil {
		return classify("ping MongoDB", err)
	}
	_, err := s.Count(ctx)
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	if errors.Is(err, catalog.ErrRefused) { // the ping itself needs no login
		return err
	}
	return fmt.Errorf("%w: %w", catalog.ErrInPart, err)
}

// Product finds one product.
func (s *Store) Product(ctx context.Context, id catalog.ID) (catalog.Product, error) {
	oid, err := bson.ObjectIDFromHex(string(id))
	if err != nil {
		return catalog.Product{}, catalog.ErrNotFound
	}
	return guard(s, func() (catalog.Product, error) {
		var f found
		err := s.products.FindOne(ctx, bson.D{{Key: "_id", Value: oid}}, options.FindOne().SetProjection(clientFields)).Decode(&f)
		if err != nil {
			return catalog.Product{}, classify("find product", err)
		}
		p, ok := f.product()
		if !ok {
			err = catalog.ErrNotFound
		}
		return p, err
	})
}

// Count is the number of products by the shards' own accounts, which costs no
// scan.
func (s *Store) Count(ctx context.Context) (int64, error) {
	cursor, err := s.products.Aggregate(ctx, mongo.Pipeline{{{Key: "$collStats", Value: bson.D{{Key: "count", Value: bson.D{}}}}}})
	if err != nil {
		return 0, notThere(classify("count products", err))
	}
	var shards []struct{ Count int64 }
	if err := cursor.All(ctx, &shards); err != nil {
		return 0, notThere(classify("count products", err))
	}
	var total int64
	for _, shard := range shards {
		total += shard.Count
	}
	return total, nil
}

// notThere is no error where a collection that does not exist is an empty one.
func notThere(err error) error {
	if hasCode(err, namespaceNotFound) {
		return nil
	}
	return err
}

// guard fails at once while MongoDB is known to be away. Whoever has nothing
// else to answer with is told for how long it makes sense to ask again.
func guard[T any](s *Store, ask func() (T, error)) (T, error) {
	result, err := s.breaker.Execute(func() (any, error) { return ask() })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		err = fmt.Errorf("%w: MongoDB did not answer %d times in a row and is not asked for a moment: %w", catalog.ErrUnavailable, breakerFailures, s.breaker.Cause())
	}
	if errors.Is(err, catalog.ErrUnavailable) && !errors.Is(err, catalog.ErrRefused) && s.breaker.AwayFor() < moment {
		err = fmt.Errorf("%w: %w", catalog.ErrMoment, err)
	}
	value, _ := result.(T)
	return value, err
}

// away are the codes with which a server says that it, or another that it asked,
// is out of reach, starting, electing or overloaded: 50 is its own time limit.
var away = []int{6, 7, 50, 89, 91, 94, 133, 134, 150, 175, 189, 202, 203, 234, 249, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436}

// answered tells whether the error is a server's answer to what it was asked,
// and so no outage: it can have an index or a document less than we thought.
func answered(err error) bool {
	var server mongo.ServerError
	if !errors.As(err, &server) || mongo.IsTimeout(err) || mongo.IsNetworkError(err) {
		return false
	}
	return !slices.ContainsFunc(away, server.HasErrorCode)
}

// refused are the codes with which a server turns a user away: not authorized, and
// a wrong name or password.
var refused = []int{13, 18}

func refuses(err error) bool {
	var server mongo.ServerError
	if errors.As(err, &server) && slices.ContainsFunc(refused, server.HasErrorCode) {
		return true
	}
	// Who waited for the connection whose login failed is told so in words alone.
	return err != nil && strings.Contains(err.Error(), "(AuthenticationFailed)")
}

// classify tells what the caller can act on: no such product, a caller that
// went away, a store that cannot be asked, or one that answers with an error.
func classify(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return catalog.ErrNotFound
	case refuses(err): // each attempt is a new connection, so the breaker has to see it
		return fmt.Errorf("%s: %w: %w: %w", doing, catalog.ErrUnavailable, catalog.ErrRefused, err)
	case errors.Is(err, context.Canceled) || answered(err):
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, catalog.ErrUnavailable, err)
}
