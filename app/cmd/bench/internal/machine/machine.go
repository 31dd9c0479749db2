// Package machine tells what this machine is, and which of its processes took how much
// of its processors.
package machine

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// String describes the machine.
func String() string {
	text := fmt.Sprintf("%d cores", runtime.NumCPU())
	if model := model(); model != "" {
		text += " (" + model + ")"
	}
	return text + ", " + runtime.GOOS + "/" + runtime.GOARCH
}

// model is the processor's, where the kernel says so.
func model() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
