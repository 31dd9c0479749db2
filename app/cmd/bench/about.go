package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// about is what a gateway tells of itself.
type about struct {
	products      int // seeded
	residentBytes int64
}

func ask(ctx context.Context, target string) (about, error) {
	var a about
	var health struct {
		Seeding struct{ Seeded int }
	}
	err := read(ctx, target+"/health", func(body io.Reader) error { return json.NewDecoder(body).Decode(&health) })
	if err != nil {
		return a, err
	}
	if health.Seeding.Seeded == 0 {
		return a, fmt.Errorf("no products are seeded yet")
	}
	a.products = health.Seeding.Seeded
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

func read(ctx context.Context, url string, use func(io.Reader) error) error {
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
