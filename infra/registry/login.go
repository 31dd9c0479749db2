package registry

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"

	"github.com/distribution/reference"
	"github.com/docker/cli/cli/config"
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
	l.given = kept.Username != "" || kept.IdentityToken != "" || kept.RegistryToken != ""
	text, err := json.Marshal(kept)
	if err != nil {
		return l, fmt.Errorf("pass on the login for %s: %w", l.host, err)
	}
	l.encoded = base64.URLEncoding.EncodeToString(text)
	return l, nil
}

// argument is what `docker login` is called with; Docker Hub needs none.
func (l login) argument() string {
	if l.host == dockerHub {
		return ""
	}
	return " " + l.host
}
