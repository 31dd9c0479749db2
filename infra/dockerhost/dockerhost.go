// Package dockerhost is a Docker engine: it finds the one that the docker command
// would use, and answers in values of its own. Nothing else knows Docker's client.
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

// Engine is one Docker engine. Its errors are Docker's own, without the name of
// what was asked for, except that a container that is looked at and is not there
// is ErrNoContainer.
type Engine struct{ api client.APIClient }

// Open connects to DOCKER_HOST (ssh:// too), else to the current context's
// engine, else to the local socket. It does not yet ask it anything.
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

// Host is where the engine is: unix:///var/run/docker.sock.
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
	// ssh://: no TLS, and no proxy.
	return []client.Opt{
		client.WithHTTPClient(&http.Client{Transport: &http.Transport{DialContext: helper.Dialer}}),
		client.WithHost(helper.Host), client.WithDialContext(helper.Dialer), client.WithAPIVersionNegotiation(),
	}, nil
}

// Chosen is the host that Open takes from the current context, for programs that
// know DOCKER_HOST only; "" if that is set, or nothing but the local socket is meant.
func Chosen() (string, error) {
	if os.Getenv(client.EnvOverrideHost) != "" {
		return "", nil
	}
	return contextHost()
}

// contextHost is the host of the context that `docker context use` chose, or
// DOCKER_CONTEXT names; "" stands for the local socket.
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
