package registry

import (
	"fmt"
	"io"

	"github.com/distribution/reference"
	"github.com/docker/cli/cli/config"
	"github.com/docker/docker/api/types/registry"
)

const (
	dockerHub    = "docker.io"
	dockerHubKey = "https://index.docker.io/v1/" // under which its login is kept
)

// login is what the docker command has kept for a registry, by `docker login` or
// in a credential helper.
type login struct {
	host    string
	encoded string // as the engine takes it
	given   bool
}

func loginFor(ref reference.Named) (login, error) {
	l := login{host: reference.Domain(ref)}
	key := l.host
	if key == dockerHub {
		key = dockerHubKey
	}
	kept, err := config.LoadDefaultConfigFile(io.Discard).GetAuthConfig(key)
	if err != nil {
		return l, fmt.Errorf("read the login for %s that docker has kept: %w", l.host, err)
	}
	auth := registry.AuthConfig{
		Username: kept.Username, Password: kept.Password, Auth: kept.Auth, ServerAddress: kept.ServerAddress,
		IdentityToken: kept.IdentityToken, RegistryToken: kept.RegistryToken,
	}
	l.given = auth.Username != "" || auth.IdentityToken != "" || auth.RegistryToken != ""
	if l.encoded, err = registry.EncodeAuthConfig(auth); err != nil {
		return l, fmt.Errorf("pass on the login for %s: %w", l.host, err)
	}
	return l, nil
}

// argument is what `docker login` is called with; Docker Hub needs none.
func (l login) argument() string {
	if l.host == dockerHub {
		return ""
	}
	return " " + l.host
}
