package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed page.html
var pageSource string

var page = template.Must(template.New("page").Parse(pageSource))

// sampleSize bounds how many keys the page looks at, whatever the cache holds.
const sampleSize = 50

type status struct {
	Facts   []fact
	Modules []string
	Keys    []key
}

type fact struct{ Name, Value string }

type key struct {
	Name, Type string
	TTL        time.Duration
}

// statusPage answers / with what Redis says of itself, and 503 with the reason
// when Redis does not answer.
func statusPage(client *redis.Client) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
		defer cancel()
		s, err := read(ctx, client)
		if err != nil {
			http.Error(w, "Redis does not answer: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		var body bytes.Buffer
		if err := page.Execute(&body, s); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		_, _ = body.WriteTo(w) // a client that hung up is no concern of ours
	})
	return mux
}

func read(ctx context.Context, client *redis.Client) (status, error) {
	text, err := client.Info(ctx).Result()
	if err != nil {
		return status{}, err
	}
	size, err := client.DBSize(ctx).Result()
	if err != nil {
		return status{}, err
	}
	info := parseInfo(text)
	s := status{Facts: []fact{
		{"Version", info["redis_version"]},
		{"Up for", seconds(info["uptime_in_seconds"])},
		{"Keys", fmt.Sprint(size)},
		{"Memory", info["used_memory_human"] + " of " + info["maxmemory_human"] + " (" + info["maxmemory_policy"] + ")"},
		{"Hits / misses", info["keyspace_hits"] + " / " + info["keyspace_misses"]},
		{"Evicted / expired", info["evicted_keys"] + " / " + info["expired_keys"]},
		{"Clients", info["connected_clients"]},
		{"Commands a second", info["instantaneous_ops_per_sec"]},
	}, Modules: modules(text)}
	s.Keys, err = sample(ctx, client)
	return s, err
}

func sample(ctx context.Context, client *redis.Client) ([]key, error) {
	names, _, err := client.Scan(ctx, 0, "*", sampleSize).Result()
	if err != nil {
		return nil, err
	}
	names = names[:min(len(names), sampleSize)]
	kinds := make([]*redis.StatusCmd, len(names))
	ttls := make([]*redis.DurationCmd, len(names))
	_, err = client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, name := range names {
			kinds[i], ttls[i] = pipe.Type(ctx, name), pipe.TTL(ctx, name)
		}
		return nil
	})
	keys := make([]key, len(names))
	for i, name := range names {
		keys[i] = key{Name: name, Type: kinds[i].Val(), TTL: ttls[i].Val()}
	}
	return keys, err
}

// modules reads the name and the version of each module from INFO.
func modules(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if module, ok := strings.CutPrefix(strings.TrimSpace(line), "module:name="); ok {
			name, rest, _ := strings.Cut(module, ",")
			version, _, _ := strings.Cut(strings.TrimPrefix(rest, "ver="), ",")
			found = append(found, name+" "+version)
		}
	}
	return found
}

// parseInfo reads INFO's name:value lines.
func parseInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info
}

func seconds(s string) string {
	d, err := time.ParseDuration(s + "s")
	if err != nil {
		return s
	}
	return d.String()
}
