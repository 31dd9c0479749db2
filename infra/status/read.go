package status

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"speedscale/infra/dockerhost"
	"speedscale/infra/images"
	"speedscale/infra/mongoadmin"
	"speedscale/infra/pki"
	"speedscale/infra/topology"
	"speedscale/internal/redisacl"
	"speedscale/internal/secretfile"
)

// Docker is what a report asks the daemon; *dockerhost.Engine implements it.
type Docker interface {
	State(ctx context.Context, name string) (dockerhost.State, error)
	Memory(ctx context.Context, name string) (uint64, error)
	ReadFile(ctx context.Context, name, path string) ([]byte, error)
}

// address is where the host reaches a container's first port.
func address(plan topology.Plan, c topology.Container) string {
	return net.JoinHostPort(plan.BindAddress, strconv.Itoa(c.Ports[0].External))
}

func readContainer(ctx context.Context, docker Docker, network string, c topology.Container) Container {
	out := Container{Name: c.Name}
	seen, err := docker.State(ctx, c.Name)
	switch {
	case errors.Is(err, dockerhost.ErrNoContainer):
		out.State = "missing"
		return out
	case err != nil:
		out.State, out.Error = "unknown", err.Error()
		return out
	}
	out.State, out.Exit, out.Health = seen.Status, seen.ExitCode, seen.Health.Status
	out.Limit = uint64(max(seen.MemoryLimit, 0))
	up := slices.Contains([]string{"running", "paused", "restarting"}, seen.Status)
	if up {
		if out.Memory, err = docker.Memory(ctx, c.Name); err != nil {
			out.Error = err.Error()
		}
	}
	if c.Role == topology.Init {
		out.OK = out.State == "exited" && out.Exit == 0
		return out
	}
	if _, joined := seen.Networks[network]; !joined && up {
		out.Error = "it is not on the network " + network
	}
	out.OK = out.State == "running" && out.Health == "healthy" && out.Error == ""
	return out
}

// readSet asks the members in turn: the first that answers knows the others.
func readSet(ctx context.Context, admin mongoadmin.Admin, set topology.ReplicaSet) Set {
	out := Set{Name: set.Name}
	versions := readVersions(ctx, admin, set)
	seen, err := firstAnswer(ctx, set, admin.SetStatus)
	if err != nil {
		out.Error = err.Error()
		return out
	}
	known := versions()
	for _, m := range seen.Members {
		member := Member{Host: m.Host, State: m.State.String(), Version: known[m.Host]}
		if m.Applied {
			member.Lag = new(m.Lag.Seconds())
		}
		out.Members = append(out.Members, member)
	}
	return out
}

// readVersions asks each member for its own version, since they differ while a
// change goes from one to the next. The answer waits for all; a member that says
// nothing has none.
func readVersions(ctx context.Context, admin mongoadmin.Admin, set topology.ReplicaSet) func() map[string]string {
	versions := make([]string, len(set.Members))
	var asked sync.WaitGroup
	for i, m := range set.Members {
		asked.Go(func() {
			if v, err := admin.Version(ctx, mongoadmin.Endpoint{Host: m.Host(), Container: m.Name}); err == nil {
				versions[i] = v
			}
		})
	}
	return func() map[string]string {
		asked.Wait()
		byHost := map[string]string{}
		for i, m := range set.Members {
			byHost[m.Host()] = versions[i]
		}
		return byHost
	}
}

// firstAnswer asks all members at once, since one that hangs must not use up
// the others' time.
func firstAnswer[T any](ctx context.Context, set topology.ReplicaSet, ask func(context.Context, mongoadmin.Endpoint) (T, error)) (T, error) {
	type answer struct {
		said T
		err  error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan answer, len(set.Members))
	for _, m := range set.Members {
		go func() {
			said, err := ask(ctx, mongoadmin.Endpoint{Host: m.Host(), Container: m.Name})
			answers <- answer{said, err}
		}()
	}
	var reasons []error
	for range set.Members {
		a := <-answers
		if a.err == nil {
			return a.said, nil
		}
		reasons = append(reasons, a.err)
	}
	var nothing T
	return nothing, errors.Join(reasons...)
}

func readShards(ctx context.Context, admin mongoadmin.Admin, plan topology.Plan) Shards {
	r := plan.Router
	products := mongoadmin.Namespace{Database: "speedscale", Collection: "products"}
	out := Shards{Collection: products.String()}
	router := mongoadmin.Endpoint{Host: r.Host(), Container: r.Name}
	shards, err := admin.Shards(ctx, router)
	if err != nil {
		out.Error = err.Error()
		return out
	}
	out.Router, _ = admin.Version(ctx, router) // it has just answered
	chunks, chunksErr := admin.Chunks(ctx, router, products)
	documents, documentsErr := admin.Documents(ctx, router, products)
	if err := errors.Join(chunksErr, documentsErr); err != nil {
		out.Error = err.Error()
	}
	// Chunks on their way are on two shards, and count for the one that has them.
	owned := map[string]int64{}
	maps.Copy(owned, documents)
	for _, set := range plan.Shards {
		// Where no member answers nothing is known to be an orphan.
		orphans, _ := firstAnswer(ctx, set, func(ctx context.Context, at mongoadmin.Endpoint) (int64, error) {
			return admin.Orphans(ctx, at, products)
		})
		owned[set.Name] = max(0, owned[set.Name]-orphans)
	}
	for _, s := range shards {
		out.Shards = append(out.Shards, Shard{Name: s.Name, Hosts: len(s.Hosts), Chunks: chunks[s.Name], Documents: owned[s.Name]})
	}
	return out
}

// secret returns a secret of a container; "" if it has none of that name.
func secret(ctx context.Context, docker Docker, container, name string) (string, error) {
	text, err := docker.ReadFile(ctx, container, path.Join(secretfile.Dir, name))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, dockerhost.ErrNoContainer) {
		return "", nil
	}
	return string(text), err
}

// redisLogin returns the login with which a report asks Redis; none if Redis asks for
// none. The password is in Redis's container, for its health check.
func redisLogin(ctx context.Context, docker Docker, container string) (user, password string, err error) {
	password, err = secret(ctx, docker, container, images.RedisMonitor)
	if password == "" || err != nil {
		return "", "", err
	}
	return redisacl.Monitor, password, nil
}

// trust returns how a server is known by its certificate, which is one for localhost,
// too; nil if it speaks no TLS.
func trust(ctx context.Context, docker Docker, container string) (*tls.Config, error) {
	authorities, err := secret(ctx, docker, container, secretfile.Authorities)
	if authorities == "" || err != nil {
		return nil, err
	}
	return pki.Client(authorities, "localhost")
}

func readRedis(ctx context.Context, docker Docker, container, addr string) (out Redis) {
	user, password, err := redisLogin(ctx, docker, container)
	if err != nil {
		return Redis{Error: err.Error()}
	}
	config, err := trust(ctx, docker, container)
	if err != nil {
		return Redis{Error: err.Error()}
	}
	client := redis.NewClient(&redis.Options{Addr: addr, Username: user, Password: password, MaxRetries: -1, TLSConfig: config})
	defer func() { _ = client.Close() }()
	info, err := client.InfoMap(ctx, "server", "memory", "stats").Result()
	if err != nil {
		return Redis{Error: err.Error()}
	}
	number := func(section, key string) int64 {
		n, _ := strconv.ParseInt(info[section][key], 10, 64) // absent: zero
		return n
	}
	out.Version = info["Server"]["redis_version"]
	out.Memory = number("Memory", "used_memory")
	if hits, misses := number("Stats", "keyspace_hits"), number("Stats", "keyspace_misses"); hits+misses > 0 {
		out.HitRate = float64(hits) / float64(hits+misses)
	}
	if out.Keys, err = client.DBSize(ctx).Result(); err != nil {
		out.Error = err.Error()
	}
	return out
}

func readGateway(ctx context.Context, docker Docker, container, addr string) (out Gateway) {
	config, err := trust(ctx, docker, container)
	if err != nil {
		return Gateway{Error: err.Error()}
	}
	scheme := "http"
	if config != nil {
		scheme = "https"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+addr+"/health", nil)
	if err != nil {
		return Gateway{Error: err.Error()}
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	if err != nil {
		return Gateway{Error: err.Error()}
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return Gateway{Error: err.Error()}
	}
	if err := json.Unmarshal(body, &out); err != nil || out.Status == "" {
		return Gateway{Error: fmt.Sprintf("HTTP %d: %s", answer.StatusCode, strings.TrimSpace(string(body)))}
	}
	return out
}
