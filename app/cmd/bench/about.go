package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	askTimeout  = 10 * time.Second
	seedTimeout = 5 * time.Minute
)

// about is what a gateway tells of itself.
type about struct {
	products      int // seeded
	seeding       string
	residentBytes int64
}

func ask(ctx context.Context, target string) (about, error) {
	var a about
	var health struct {
		Seeding struct {
			Seeded int
			Phase  string
		}
	}
	err := read(ctx, target+"/health", func(body io.Reader) error { return json.NewDecoder(body).Decode(&health) })
	if err != nil {
		return a, err
	}
	a.products, a.seeding = health.Seeding.Seeded, health.Seeding.Phase
	return a, read(ctx, target+"/metrics", func(body io.Reader) error {
		lines := bufio.NewScanner(body)
		for lines.Scan() {
			if value, ok := strings.CutPrefix(lines.Text(), "process_resident_memory_bytes "); ok {
				bytes, err := strconv.ParseFloat(value, 64)
				a.residentBytes = int64(bytes)
				return err
			}
		}
		return lines.Err()
	})
}

// seeded waits until all products are there, with their indexes.
func seeded(ctx context.Context, target string) (about, error) {
	ctx, cancel := context.WithTimeout(ctx, seedTimeout)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		a, err := ask(ctx, target)
		if err == nil && a.seeding == "done" {
			return a, nil
		}
		select {
		case <-ctx.Done():
			return a, fmt.Errorf("%s has not seeded its products within %s: %w", target, seedTimeout, errors.Join(err, ctx.Err()))
		case <-tick.C:
		}
	}
}

func read(ctx context.Context, url string, use func(io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return use(response.Body)
}
