package dockerhost

import (
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/client"
)

// New is a client of the engine, for those that do not yet ask Engine.
func New() (*client.Client, error) {
	engine, err := Open()
	if err != nil {
		return nil, err
	}
	return engine.api.(*client.Client), nil
}

// Arch is Info.Arch, likewise.
func Arch(info system.Info) (string, error) { return Info{Architecture: info.Architecture}.Arch() }
