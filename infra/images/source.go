package images

import (
	"context"
	"errors"
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

// Auto is the setting that lets [Choose] decide between the two sources.
const Auto = "auto"

// registryTimeout is a variable for the tests.
var registryTimeout = 3 * time.Second

const (
	dockerHub    = "docker.io"
	dockerHubAPI = "registry-1.docker.io"
)

// Choose decides where images come from. setting is the stack's
// speedscale:images; with auto the registries of refs, or Docker Hub if there
// are none, are asked, and all must answer within 3 seconds. why is for people.
func Choose(ctx context.Context, setting string, refs ...string) (source Source, why string, err error) {
	switch setting {
	case string(Registry), string(Packages):
		return Source(setting), "speedscale:images says so", nil
	case Auto, "":
	default:
		return "", "", fmt.Errorf("speedscale:images is %q: it must be one of %s, %s, %s", setting, Auto, Registry, Packages)
	}
	hosts, err := registries(refs)
	if err != nil {
		return "", "", err
	}
	switch err := askAll(ctx, hosts); {
	case ctx.Err() != nil:
		return "", "", ctx.Err()
	case err != nil:
		return Packages, err.Error(), nil
	}
	return Registry, strings.Join(hosts, " and ") + " answered", nil
}

// registries lists the hosts that hold refs.
func registries(refs []string) ([]string, error) {
	hosts := map[string]bool{}
	for _, ref := range refs {
		named, err := reference.ParseNormalizedNamed(ref)
		if err != nil {
			return nil, fmt.Errorf("image reference %q: %w", ref, err)
		}
		hosts[reference.Domain(named)] = true
	}
	if len(hosts) == 0 {
		hosts[dockerHub] = true
	}
	return slices.Sorted(maps.Keys(hosts)), nil
}

func askAll(ctx context.Context, hosts []string) error {
	ctx, cancel := context.WithTimeout(ctx, registryTimeout)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for _, host := range hosts {
		group.Go(func() error {
			if err := ask(ctx, host); err != nil {
				return fmt.Errorf("no answer from %s: %w", host, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// ask sees whether a registry speaks the registry API, logged in or not.
func ask(ctx context.Context, host string) error {
	scheme := "https"
	if name, _, err := net.SplitHostPort(host); err == nil && (name == "localhost" || net.ParseIP(name).IsLoopback()) {
		scheme = "http" // as the daemon does
	}
	if host == dockerHub {
		host = dockerHubAPI
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+host+"/v2/", http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return errors.Unwrap(err) // without the URL, which names the host again
	}
	defer func() { _ = answer.Body.Close() }()
	switch answer.StatusCode {
	case http.StatusOK, http.StatusUnauthorized:
		return nil
	}
	return errors.New(answer.Status)
}
