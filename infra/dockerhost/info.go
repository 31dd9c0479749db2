package dockerhost

import (
	"context"
	"fmt"
)

// Info is what an engine says of the machine that it runs on.
type Info struct {
	Architecture string // in uname's words
	Kernel       string // its release, "6.12.63-generic"
	Memory       int64  // bytes
	Root         string // the folder of the engine's data
}

// Info asks the engine.
func (e *Engine) Info(ctx context.Context) (Info, error) {
	info, err := e.api.Info(ctx)
	return Info{Architecture: info.Architecture, Kernel: info.KernelVersion, Memory: info.MemTotal, Root: info.DockerRootDir}, err
}

// Arch is the machine's architecture in Go's words. It is an error if nothing is
// to be had for that.
func (i Info) Arch() (string, error) {
	switch i.Architecture {
	case "x86_64", "amd64":
		return "amd64", nil
	case "aarch64", "arm64":
		return "arm64", nil
	}
	return "", fmt.Errorf("Docker runs on %q: there are images for amd64 and arm64 only", i.Architecture)
}
