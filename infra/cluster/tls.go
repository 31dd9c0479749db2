package cluster

import (
	"path"

	"speedscale/infra/containers"
	"speedscale/infra/topology"
	"speedscale/internal/secretfile"
)

// TLSMode is MongoDB's tlsMode. The empty one is disabled.
type TLSMode string

// The modes, in the order in which TLS is turned on: each member works with others that
// are one mode before or behind it.
const (
	TLSOff     TLSMode = ""
	AllowTLS   TLSMode = "allowTLS"   // takes both, and connects without
	PreferTLS  TLSMode = "preferTLS"  // takes both, and connects by TLS
	RequireTLS TLSMode = "requireTLS" // takes and uses TLS only
)

// withTLS has a mongod or the router speak TLS, if the cluster does. Its mode is the
// value of the label secretfile.LabelTLS.
func (c *Cluster) withTLS(of topology.Container, spec containers.Spec) containers.Spec {
	if c.args.TLSMode == TLSOff {
		return spec
	}
	file := func(name string) string { return path.Join(secretfile.Dir, name) }
	spec.Files = c.args.Certificates(of)
	spec.Command = append(spec.Command,
		"--tlsMode", string(c.args.TLSMode), "--tlsCertificateKeyFile", file(secretfile.Certificate), "--tlsCAFile", file(secretfile.Authorities),
		// People and programs have passwords. Without the parameter, each that has no
		// certificate would be in the log.
		"--tlsAllowConnectionsWithoutCertificates", "--setParameter", "suppressNoTLSPeerCertificateWarning=true")
	if spec.Labels == nil {
		spec.Labels = map[string]string{}
	}
	spec.Labels[secretfile.LabelTLS] = string(c.args.TLSMode)
	return spec
}
