package images

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/distribution/reference"
	"golang.org/x/sync/errgroup"
)

// Auto is the setting that lets Choose decide between the two sources.
const Auto = "auto"

const registryTimeout = 3 * time.Second

// Choice is a decided source and the reason, for people.
type Choice struct {
	Source Source
	Why    string
}

// Chooser decides where images come from.
type Chooser struct {
	// Setting is the stack's speedscale:images: auto, registry or packages.
	Setting string
	// Refs are the overriding references, as in [Options]: their registries are
	// the ones that must answer.
	Refs map[string]string
	// Deployed is the source of what runs already, if anything does. Auto keeps
	// it: a registry that is away for a minute must not replace every container.
	Deployed Source
	// Client asks the registries; nil means one with a time-out of 3 seconds.
	Client *http.Client
}

// Choose decides, asking the registries only if it depends on them.
func (c Chooser) Choose(ctx context.Context) (Choice, error) {
	switch c.Setting {
	case string(Registry), string(Packages):
		return Choice{Source(c.Setting), "speedscale:images says so"}, nil
	case Auto, "":
	default:
		return Choice{}, fmt.Errorf("speedscale:images is %q; it must be %s, %s or %s", c.Setting, Auto, Registry, Packages)
	}
	if c.Deployed != "" {
		return Choice{c.Deployed, "the stack was deployed so"}, nil
	}
	hosts, err := registries(c.Refs)
	if err != nil {
		return Choice{}, err
	}
	if err := c.askAll(ctx, hosts); err != nil {
		if ctx.Err() != nil {
			return Choice{}, ctx.Err()
		}
		return Choice{Packages, err.Error()}, nil
	}
	return Choice{Registry, strings.Join(hosts, " and ") + " answered"}, nil
}

// registries lists the hosts that hold the images wanted.
func registries(overrides map[string]string) ([]string, error) {
	hosts := map[string]bool{}
	for name, ref := range officialRefs {
		if override := overrides[name]; override != "" {
			ref = override
		}
		named, err := reference.ParseNormalizedNamed(ref)
		if err != nil {
			return nil, fmt.Errorf("image reference %q for %s: %w", ref, name, err)
		}
		host := reference.Domain(named)
		if host == "docker.io" {
			host = "registry-1.docker.io" // where its API is
		}
		hosts[host] = true
	}
	return slices.Sorted(maps.Keys(hosts)), nil
}

func (c Chooser) askAll(ctx context.Context, hosts []string) error {
	client := c.Client
	if client == nil {
		client = &http.Client{}
	}
	ctx, cancel := context.WithTimeout(ctx, registryTimeout)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for _, host := range hosts {
		group.Go(func() error { return ask(ctx, client, host) })
	}
	return group.Wait()
}

// ask sees whether a registry speaks the registry API, logged in or not.
func ask(ctx context.Context, client *http.Client, host string) error {
	scheme := "https"
	if name, _, err := net.SplitHostPort(host); err == nil && (name == "localhost" || net.ParseIP(name).IsLoopback()) {
		scheme = "http" // as the daemon does
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+host+"/v2/", http.NoBody)
	if err != nil {
		return fmt.Errorf("%s: %w", host, err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", host, err)
	}
	if err := answer.Body.Close(); err != nil {
		return fmt.Errorf("%s: %w", host, err)
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusUnauthorized:
		return nil
	}
	return fmt.Errorf("%s answers %s", host, answer.Status)
}
