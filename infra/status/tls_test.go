package status

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost"
	"speedscale/internal/secretfile"
	"speedscale/internal/testenv"
)

func TestTheFirstCertificateToEndIsNamed(t *testing.T) {
	plan, docker, admin := running(t, `{"status":"healthy"}`)
	authority := testenv.NewAuthority(t, "ours")
	ends := func(name string, end time.Time) {
		docker.Files = map[string]map[string]string{}
		for _, c := range plan.Cluster.Containers() {
			until := time.Now().AddDate(0, 0, 90)
			if c.Name == name {
				until = end
			}
			docker.Files[c.Name] = map[string]string{secretfile.Dir + "/" + secretfile.Certificate: authority.CertificateUntil(t, until)}
			shows(docker, c, dockerhost.State{
				Running: true, Status: "running", Health: dockerhost.Health{Status: "healthy"}, Labels: map[string]string{secretfile.LabelTLS: "requireTLS"},
			})
		}
	}
	soon := time.Now().AddDate(0, 0, 5)
	ends("dev-shard1-node2", soon)
	report := Read(t.Context(), Sources{docker, admin}, plan, "dev")
	require.True(t, report.Healthy(), report)
	require.WithinDuration(t, soon, *report.CertificatesUntil(), time.Second)
	var text bytes.Buffer
	require.NoError(t, report.Write(&text))
	require.Contains(t, text.String(), "valid until "+soon.Format("2006-01-02"))

	ends("dev-shard1-node2", time.Now().Add(-time.Hour))
	report = Read(t.Context(), Sources{docker, admin}, plan, "dev")
	require.False(t, report.Healthy())
	text.Reset()
	require.NoError(t, report.Write(&text))
	require.Contains(t, text.String(), "dev-shard1-node2: its certificate has ended on ")
}
