// Package dockerhost talks to a Docker engine: the one that the docker command
// would use. It returns types of its own, so that no other package depends on
// Docker's client.
package dockerhost

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/docker/client"
)

// Engine is a Docker engine. Its methods return Docker's errors unchanged, so
// callers add which container, network, volume or image is concerned. The methods
// that inspect a container return ErrNoContainer if it does not exist.
type Engine struct{ api client.APIClient }

// Open returns the engine that DOCKER_HOST names (also with ssh://), otherwise
// that of the current Docker context, otherwise the one at the local socket. It
// does not connect yet.
func Open() (*Engine, error) {
	opts, err := clientOpts()
	if err != nil {
		return nil, fmt.Errorf("find the Docker engine: %w", err)
	}
	api, err := client.NewClientWithOpts(opts...)
	if err != nil {
		return nil, fmt.Errorf("find the Docker engine: %w", err)
	}
	return &Engine{api}, nil
}

// Close ends the connections to the engine.
func (e *Engine) Close() error { return e.api.Close() }

// Host is the engine's address, such as unix:///var/run/docker.sock.
func (e *Engine) Host() string { return e.api.DaemonHost() }

func clientOpts() ([]client.Opt, error) {
	host := os.Getenv(client.EnvOverrideHost)
	if host == "" {
		var err error
		if host, err = contextHost(); err != nil {
			return nil, err
		}
	}
	opts := []client.Opt{client.FromEnv, client.WithAPIVersionNegotiation()}
	if host == "" {
		return opts, nil
	}
	helper, err := connhelper.GetConnectionHelper(host)
	if err != nil {
		return nil, err
	}
	if helper == nil {
		return append(opts, client.WithHost(host)), nil
	}
	// With ssh:// neither TLS nor a proxy is used.
	return []client.Opt{
		client.WithHTTPClient(&http.Client{Transport: &http.Transport{DialContext: helper.Dialer}}),
		client.WithHost(helper.Host), client.WithDialContext(helper.Dialer), client.WithAPIVersionNegotiation(),
	}, nil
}

// HostFromContext returns the value of DOCKER_HOST with which programs that know no
// Docker contexts use the same engine as Open. It is "" if they do so anyway:
// DOCKER_HOST is set, or the context is the local socket.
func HostFromContext() (string, error) {
	if os.Getenv(client.EnvOverrideHost) != "" {
		return "", nil
	}
	return contextHost()
}

// contextHost returns the host of the current Docker context, which DOCKER_CONTEXT
// or `docker context use` selects. "" stands for the local socket.
func contextHost() (string, error) {
	dir := os.Getenv("DOCKER_CONFIG")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(home, ".docker")
	}
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		var file struct{ CurrentContext string }
		if err := readJSON(filepath.Join(dir, "config.json"), &file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		name = file.CurrentContext
	}
	if name == "" || name == "default" {
		return "", nil
	}
	id := fmt.Sprintf("%x", sha256.Sum256([]byte(name)))
	if _, err := os.Stat(filepath.Join(dir, "contexts", "tls", id, "docker")); err == nil {
		return "", fmt.Errorf("docker context %q uses TLS: set DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH instead", name)
	}
	var meta struct {
		Endpoints map[string]struct{ Host string }
	}
	if err := readJSON(filepath.Join(dir, "contexts", "meta", id, "meta.json"), &meta); err != nil {
		return "", fmt.Errorf("docker context %q: %w", name, err)
	}
	return meta.Endpoints["docker"].Host, nil
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
