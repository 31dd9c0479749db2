package preflight

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost"
	"speedscale/infra/dockerhost/fake"
)

func TestKernelsThatAnImageDoesNotRunOn(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0", 64)
	for _, c := range []struct {
		kernel, ref string
		want        string // "" for none
	}{
		{"6.19.14-200.fc43.x86_64", "mongo:7.0.43", ""},
		{"6.19.14-200.fc43.x86_64", "mongo:6.0.28", ""},
		{"6.18.44", "mongo:8.0.26", ""},
		{"5.14.0-427.13.1.el9_4", "mongo:8.3.8", ""},

		{"6.19.0", "mongo:8.0.4", ""},
		{"6.19.0", "mongo:8.0.5", "dies there within minutes"},
		{"6.19.14-200.fc43.x86_64", "mongo:8.0.20", "dies there within minutes"},
		{"7.0.13", "mongo:8.0.20-noble", "dies there within minutes"},
		{"7.0.14", "mongo:8.0.20", ""},
		{"7.0.13", "mongo:8.0.26", "nor on any newer kernel"},
		{"7.1.5-arch1-2", "mongo:8.0.26", "nor on any newer kernel"},
		{"7.1.5-arch1-2", "mongo:8.0.30", ""},
		{"7.0.0-30-generic", "mongo:8.0.32", "this release does not start there."},
		{"7.0.14", "mongo:8.0.32", ""},
		{"6.19.3", "mongo:8.2.5", "dies there within minutes"},
		{"7.0.0-30-generic", "mongo:8.2.12", ""},
		{"7.2.0", "mongo:8.3.8", "nor on any newer kernel"},
		{"7.0.4+deb13-amd64", "mongo:8.3.11", "does not start there."},
		{"7.0.14", "mongo:8.3.11", ""},
		{"7.0.12-linuxkit", "mongo:9.0.1", "does not start there."},
		{"6.19.1", "mongo:9.1.0", ""},

		{"6.19.1", "mongo:8", "does not start there."},
		{"6.19.1", "mongo:8.0", "does not start there."},
		{"7.1.0", "mongo:8.0-noble", ""},
		{"6.19.1", "mongo:8.0.26" + digest, "nor on any newer kernel"},
		{"6.19.1", "mirror.example:5000/library/mongo:8.0.26", "nor on any newer kernel"},
		{"6.19.1", "mongo" + digest, ""},
		{"6.19.1", "mongo:latest", ""},
		{"6.19.1", "mongo", ""},
		{"", "mongo:8.0.26", ""},
		{"linux", "mongo:8.0.26", ""},
	} {
		err := refusedBy(c.kernel, c.ref)
		if c.want == "" {
			require.NoError(t, err, "%s on %s", c.ref, c.kernel)
			continue
		}
		require.ErrorContains(t, err, c.want, "%s on %s", c.ref, c.kernel)
		require.ErrorContains(t, err, "speedscale:imageRefs.mongo is "+c.ref+", and Docker's kernel is "+c.kernel)
		require.ErrorContains(t, err, "mongo:7.0.43")
	}
}

func TestKernelAsksTheEngine(t *testing.T) {
	on := func(kernel string) *fake.Engine { return &fake.Engine{Says: dockerhost.Info{Kernel: kernel}} }
	require.ErrorContains(t, Kernel(t.Context(), on("6.19.0"), "mongo:8.0.26"), "SERVER-121912")
	require.NoError(t, Kernel(t.Context(), on("6.18.0"), "mongo:8.0.26"))
}
