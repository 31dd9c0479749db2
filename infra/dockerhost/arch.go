package dockerhost

import (
	"fmt"

	"github.com/docker/docker/api/types/system"
)

// Arch is what an engine runs on, in Go's words. It is an error if nothing is
// to be had for that.
func Arch(engine system.Info) (string, error) {
	switch engine.Architecture {
	case "x86_64", "amd64":
		return "amd64", nil
	case "aarch64", "arm64":
		return "arm64", nil
	}
	return "", fmt.Errorf("Docker runs on %q: there are images for amd64 and arm64 only", engine.Architecture)
}
