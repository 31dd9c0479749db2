package mongoadmin

import (
	"context"
	"errors"
	"io"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"speedscale/infra/router/auth"
)

// Errors that callers tell apart.
var (
	// ErrNotInitiated: the mongod has no replica set configuration yet.
	ErrNotInitiated = errors.New("the member has no replica set configuration")
	// ErrConfigChanged: the configuration is not of the version that was read.
	ErrConfigChanged = errors.New("the replica set's configuration was changed by somebody else meanwhile")
	// ErrNotSharded: the collection is not sharded, or does not exist.
	ErrNotSharded = errors.New("the collection is not sharded")
	// ErrRemains: the replica set was a shard before and still has its databases.
	ErrRemains = errors.New("the replica set has databases that the cluster has, too")
	// ErrTooBig: the range holds more documents than can be moved at once.
	ErrTooBig = errors.New("the range is too big to be moved at once")
	// ErrLogin: the server knows no user of that name and password.
	ErrLogin = auth.ErrRefused
	// ErrNoUser: there is no user of that name.
	ErrNoUser = errors.New("there is no such user")
	// ErrUnreachable: nothing answers at the endpoint.
	ErrUnreachable = errors.New("not reachable")
)

// Codes of MongoDB's error_codes.yml.
const (
	codeHostUnreachable          = 6
	codeHostNotFound             = 7
	codeUserNotFound             = 11
	codeLockTimeout              = 24
	codeLockBusy                 = 46
	codeMaxTimeExpired           = 50
	codeNodeNotFound             = 74
	codeNetworkTimeout           = 89
	codeShutdownInProgress       = 91
	codeOperationFailed          = 96
	codeNotYetInitialized        = 94
	codeConfigurationInProgress  = 109
	codeConflictingOperation     = 117
	codeElectionInProgress       = 125
	codeReadPreferenceUnmet      = 133
	codeReadConcernUnavailable   = 134
	codePrimarySteppedDown       = 189
	codeShardingNotInitialized   = 203
	codeExceededTimeLimit        = 262
	codeConfigNotCommitted       = 308
	codeInterruptedAtShutdown    = 11600
	codeInterruptedByStateChange = 11602
	codeNotWritablePrimary       = 10107
	codeStaleConfig              = 13388
	codeNotPrimaryNoSecondaryOk  = 13435
	codeNotPrimaryOrSecondary    = 13436
	codeUserAlreadyExists        = 51003
)

// passing are the codes of conditions that end by themselves: an election, a
// process that starts, a configuration on its way to the other members.
var passing = []int{
	codeHostUnreachable, codeHostNotFound, codeLockTimeout, codeLockBusy, codeMaxTimeExpired, codeNodeNotFound,
	codeNetworkTimeout, codeShutdownInProgress, codeConfigurationInProgress, codeConflictingOperation,
	codeElectionInProgress, codeReadPreferenceUnmet, codeReadConcernUnavailable, codePrimarySteppedDown,
	codeShardingNotInitialized, codeExceededTimeLimit, codeConfigNotCommitted, codeInterruptedAtShutdown,
	codeInterruptedByStateChange, codeNotWritablePrimary, codeStaleConfig, codeNotPrimaryNoSecondaryOk,
	codeNotPrimaryOrSecondary,
}

// IsTransient says whether the same question can have another answer a moment
// later: the server is starting, electing, or out of reach for now.
func IsTransient(err error) bool {
	if errors.Is(err, ErrUnreachable) || errors.Is(err, ErrConfigChanged) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	return mongo.IsNetworkError(err) || mongo.IsTimeout(err) || errors.Is(err, io.EOF) || hasCode(err, passing...) ||
		hasName(err, "BalancerInterrupted") // a config server that has just become primary has not begun to balance
}

func hasCode(err error, codes ...int) bool {
	var server mongo.ServerError
	if !errors.As(err, &server) {
		return false
	}
	for _, code := range codes {
		if server.HasErrorCode(code) {
			return true
		}
	}
	return false
}

// tooBig is what MongoDB calls a range with more than a chunk's documents.
var tooBig = []string{"ChunkTooBig", "ExceededMemoryLimit"}

func hasName(err error, names ...string) bool {
	var command mongo.CommandError
	return errors.As(err, &command) && slices.Contains(names, command.Name)
}
