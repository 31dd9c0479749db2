package explorer

import (
	"strconv"
	"strings"
)

// info is what INFO says, by name.
type info map[string]string

func parseInfo(text string) info {
	fields := info{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

// number is 0 for a field that this Redis does not have.
func (i info) number(name string) int64 {
	n, _ := strconv.ParseInt(i[name], 10, 64)
	return n
}

// modules reads the name and the version of each module from INFO.
func modules(text string) []string {
	found := []string{}
	for line := range strings.Lines(text) {
		if module, ok := strings.CutPrefix(strings.TrimSpace(line), "module:name="); ok {
			name, rest, _ := strings.Cut(module, ",")
			version, _, _ := strings.Cut(strings.TrimPrefix(rest, "ver="), ",")
			found = append(found, name+" "+version)
		}
	}
	return found
}
