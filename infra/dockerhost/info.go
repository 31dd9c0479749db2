package dockerhost

import (
	"context"
	"fmt"
)

// Info describes the machine that an engine runs on.
type Info struct {
	Architecture string // as uname reports it, "x86_64"
	Kernel       string // kernel release, "6.12.63-generic"
	Memory       int64  // bytes
	Root         string // Docker's root directory, where the engine keeps its data
}

// Info returns information about the engine's machine.
func (e *Engine) Info(ctx context.Context) (Info, error) {
	info, err := e.api.Info(ctx)
	return Info{Architecture: info.Architecture, Kernel: info.KernelVersion, Memory: info.MemTotal, Root: info.DockerRootDir}, err
}

// Arch returns the machine's architecture as in GOARCH. It fails for an architecture
// for which there are no images.
func (i Info) Arch() (string, error) {
	switch i.Architecture {
	case "x86_64", "amd64":
		return "amd64", nil
	case "aarch64", "arm64":
		return "arm64", nil
	}
	return "", fmt.Errorf("Docker runs on %q: there are images for amd64 and arm64 only", i.Architecture)
}
