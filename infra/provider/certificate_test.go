package provider_test

import (
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
	"speedscale/infra/pki"
	"speedscale/internal/secretfile"
)

var mongosServer = map[string]any{"container": "cluster-mongos", "host": "mongos:27017", "program": "mongodb"}

func authorityOf(generation int) props {
	return props{"commonName": "a stack", "generation": generation, "servers": []any{
		mongosServer,
		map[string]any{"container": "cluster-redis-cache", "host": "redis:6379", "program": "redis"},
		map[string]any{"container": "cluster-frontend", "program": "nginx"},
		map[string]any{"container": "cluster-api-gateway"},
		map[string]any{"container": "cluster-plain"},
		map[string]any{"container": "cluster-gone"},
	}}
}

// servers is an engine with containers that have certificate files, one that has none,
// and one that does not exist.
func servers(t *testing.T) *engine {
	e := newEngine(t)
	e.containers.Files = map[string]map[string]string{"cluster-redis-cache": {"/run/secrets/redis-admin": "secret1"}}
	for _, name := range []string{"cluster-mongos", "cluster-redis-cache", "cluster-frontend", "cluster-api-gateway"} {
		e.containers.Play(name, "", dockerhost.State{ID: name, Running: true, Status: "running", Labels: map[string]string{secretfile.LabelTLS: "on"}})
	}
	e.containers.Lose("cluster-gone")
	return e.start()
}

func output(props property.Map, name string) string { return secretless(props.Get(name)).AsString() }

func secretless(v property.Value) property.Value { return v.WithSecret(false) }

func (e *engine) diff(kind string, state property.Map, in props) (map[string]p.PropertyDiff, error) {
	e.t.Helper()
	resp, err := e.Diff(p.DiffRequest{Urn: urn(kind, "r"), ID: "r", State: state, OldInputs: state, Inputs: e.check(kind, in)})
	return resp.DetailedDiff, err
}

func certificateOf(authority property.Map) props {
	in := props{
		"server": mongosServer, "names": []any{"mongos", "localhost", "127.0.0.1"},
		"authorities": output(authority, "certificates"), "authorityKey": output(authority, "key"),
	}
	var predecessors []any
	for _, v := range authority.Get("predecessors").AsArray().All {
		predecessors = append(predecessors, v.AsString())
	}
	if predecessors != nil {
		in["predecessors"] = predecessors
	}
	return in
}

func TestANewAuthorityIsTrustedBesideTheOldOne(t *testing.T) {
	t.Parallel()
	e := servers(t)
	first := e.mustCreate("CertificateAuthority", authorityOf(1))
	require.True(t, first.Properties.Get("key").Secret())
	require.False(t, first.Properties.Get("certificates").Secret(), "it is for everybody")
	require.Empty(t, e.containers.Journal(), "containers get it when they are created")
	require.Empty(t, e.changed("CertificateAuthority", first.Properties, authorityOf(1)))
	require.Contains(t, e.changed("CertificateAuthority", first.Properties, authorityOf(2)), "generation")

	own := e.mustCreate("Certificate", certificateOf(first.Properties))
	require.True(t, own.Properties.Get("value").Secret())
	require.False(t, own.Properties.Get("expires").Secret())
	e.containers.Journal()
	e.cluster.Journal()

	second, err := e.update("CertificateAuthority", first, authorityOf(2))
	require.NoError(t, err)
	both := output(second.Properties, "certificates")
	require.Len(t, pki.Split(both), 2)
	require.Contains(t, both, output(first.Properties, "certificates"))
	require.ElementsMatch(t, []string{
		"write [ca.pem] to /run/secrets of cluster-mongos", "write [ca.pem] to /run/secrets of cluster-redis-cache",
		"write [ca.pem] to /run/secrets of cluster-frontend", "write [ca.pem] to /run/secrets of cluster-api-gateway",
		"send HUP to cluster-frontend", "rotate redis:6379 as secret1",
	}, e.containers.Journal())
	require.Equal(t, []string{"rotateCertificates mongos:27017"}, e.cluster.Journal())

	state := p.CreateResponse{ID: first.ID, Properties: second.Properties}
	require.Contains(t, e.changed("CertificateAuthority", state.Properties, authorityOf(2)), "certificates", "it is not finished")
	kept, err := e.update("CertificateAuthority", state, authorityOf(2))
	require.NoError(t, err)
	require.Equal(t, both, output(kept.Properties, "certificates"), "mongos has a certificate of the old one")

	require.Contains(t, e.changed("Certificate", own.Properties, certificateOf(second.Properties)), "authorities")
	renewed, err := e.update("Certificate", own, certificateOf(second.Properties))
	require.NoError(t, err)
	require.True(t, pki.Signed(both, output(renewed.Properties, "value")))

	last, err := e.update("CertificateAuthority", state, authorityOf(2))
	require.NoError(t, err)
	require.Equal(t, pki.Split(both)[:1], pki.Split(output(last.Properties, "certificates")))
	require.Equal(t, output(last.Properties, "certificates"), e.containers.Files["cluster-mongos"]["/run/secrets/ca.pem"])
	require.Empty(t, e.changed("CertificateAuthority", last.Properties, authorityOf(2)))
	require.Empty(t, e.changed("Certificate", renewed.Properties, certificateOf(last.Properties)))

	// Somebody changed the file.
	state = p.CreateResponse{ID: first.ID, Properties: last.Properties}
	require.Nil(t, e.read("CertificateAuthority", state, authorityOf(2)).PartialState)
	e.containers.Files["cluster-mongos"]["/run/secrets/ca.pem"] = both
	require.Equal(t, []string{"cluster-mongos: trusts other authorities"}, e.read("CertificateAuthority", state, authorityOf(2)).PartialState.Reasons)
	_, err = e.update("CertificateAuthority", state, authorityOf(2))
	require.NoError(t, err)
	require.Nil(t, e.read("CertificateAuthority", state, authorityOf(2)).PartialState)
}

func TestAnAuthorityWithoutASharedStageIsRefused(t *testing.T) {
	t.Parallel()
	e := servers(t)
	first, other := e.mustCreate("CertificateAuthority", authorityOf(1)), e.mustCreate("CertificateAuthority", authorityOf(1))
	own := e.mustCreate("Certificate", certificateOf(first.Properties))
	const want = "would no longer be trusted"
	_, err := e.diff("Certificate", own.Properties, certificateOf(other.Properties))
	require.ErrorContains(t, err, want)
	_, err = e.update("Certificate", own, certificateOf(other.Properties))
	require.ErrorContains(t, err, want)

	// In a preview the certificates of an authority to be created are not known.
	unknown := certificateOf(other.Properties).with("authorities", "").with("authorityKey", "")
	_, err = e.diff("Certificate", own.Properties, unknown)
	require.ErrorContains(t, err, want)
	_, err = e.diff("Certificate", own.Properties, unknown.with("predecessors", []any{pki.Fingerprint(output(first.Properties, "certificates"))}))
	require.NoError(t, err)
}

func TestACertificateIsRenewedInItsContainer(t *testing.T) {
	t.Parallel()
	e := servers(t)
	authority := e.mustCreate("CertificateAuthority", authorityOf(1)).Properties
	in := certificateOf(authority)
	own := e.mustCreate("Certificate", in)
	require.Empty(t, e.changed("Certificate", own.Properties, in))
	require.Contains(t, e.changed("Certificate", own.Properties, in.with("days", 30)), "days")
	require.Contains(t, e.changed("Certificate", own.Properties, in.with("names", []any{"mongos"})), "names")

	// Two thirds of its life are over.
	certificate, key, err := pki.NewCertificate(output(authority, "certificates"), output(authority, "key"), []string{"mongos"}, 90, time.Now().AddDate(0, 0, -61))
	require.NoError(t, err)
	old := p.CreateResponse{ID: own.ID, Properties: own.Properties.Set("value", property.New(certificate+key))}
	require.Contains(t, e.changed("Certificate", old.Properties, in), "expires")
	e.containers.Journal()
	e.cluster.Journal()
	e.cluster.Fail("RotateCertificates", mongoadmin.ErrUnreachable)
	renewed, err := e.update("Certificate", old, in)
	require.NoError(t, err)
	require.Equal(t, []string{"write [server.pem] to /run/secrets of cluster-mongos"}, e.containers.Journal())
	require.Equal(t, []string{"rotateCertificates mongos:27017"}, e.cluster.Journal())
	require.Equal(t, output(renewed.Properties, "value"), e.containers.Files["cluster-mongos"]["/run/secrets/server.pem"])
	end, err := time.Parse(time.RFC3339, output(renewed.Properties, "expires"))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().AddDate(0, 0, 90), end, time.Minute)

	// Somebody put another one there.
	state := p.CreateResponse{ID: own.ID, Properties: renewed.Properties}
	require.Nil(t, e.read("Certificate", state, in).PartialState)
	e.containers.Files["cluster-mongos"]["/run/secrets/server.pem"] = certificate + key
	require.Equal(t, []string{"cluster-mongos: has another certificate"}, e.read("Certificate", state, in).PartialState.Reasons)
	mended, err := e.update("Certificate", state, in)
	require.NoError(t, err)
	require.Equal(t, output(renewed.Properties, "value"), output(mended.Properties, "value"), "that one is still good")
	require.Nil(t, e.read("Certificate", state, in).PartialState)
}

func TestCertificateMistakesAreNamed(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	in := props{"server": mongosServer, "names": []any{"mongos"}, "authorities": "x", "authorityKey": "y"}
	require.Empty(t, e.mistakes("Certificate", in))
	require.Equal(t, []string{"names: is empty, must list the names and addresses of the server"}, e.mistakes("Certificate", in.with("names", []any{})))
	require.Equal(t, []string{"days: -1: must be at least 1"}, e.mistakes("Certificate", in.with("days", -1)))
	require.Equal(t, []string{`server.program: "mongo": must be one of mongodb, redis, nginx, or left out`},
		e.mistakes("Certificate", in.with("server", map[string]any{"container": "c", "program": "mongo"})))
	require.Len(t, e.mistakes("CertificateAuthority", props{"commonName": "a", "servers": []any{map[string]any{"container": "c", "program": "redis", "host": "redis"}}}), 1)
	_, err := e.create("Certificate", in)
	require.EqualError(t, err, "authorities: there is no certificate (PEM) in it")
}
