package preflight

import (
	"fmt"
	"slices"

	"speedscale/infra/topology"
)

// tooMuch finds containers that may use more memory than the engine's machine
// has: no limit at all, and a mistake. total is in bytes; 0 if it is not known.
func tooMuch(plan topology.Plan, total int64) (found []error) {
	var said []topology.Role
	for _, c := range plan.Containers() {
		if total > 0 && int64(c.Memory) > total>>20 && !slices.Contains(said, c.Role) {
			said = append(said, c.Role)
			found = append(found, fmt.Errorf("speedscale:%s gives %s %d MB, and Docker's machine has %d MB: give it less", c.Role.MemorySetting(), c.Name, c.Memory, total>>20))
		}
	}
	return found
}
