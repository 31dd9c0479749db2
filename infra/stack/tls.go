package stack

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/cluster"
	"speedscale/infra/config"
	"speedscale/infra/containers"
	"speedscale/infra/dockerhost"
	"speedscale/infra/pki"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
	"speedscale/internal/secretfile"
)

// tlsModes are in the order in which TLS is turned on, one in each deployment.
var tlsModes = []cluster.TLSMode{cluster.TLSOff, cluster.AllowTLS, cluster.PreferTLS, cluster.RequireTLS}

// TLS is what a deployment does about TLS: the mode of members and router, and whether
// that is on the way to having it.
type TLS struct {
	Mode cluster.TLSMode
	On   bool
}

// nextTLS gets the mode of each member, and of the router, that stands. When TLS is
// turned on, the hindmost takes the next step, and the others with it; when it is
// turned off, the foremost.
func nextTLS(on bool, standing []cluster.TLSMode) TLS {
	target := slices.Index(tlsModes, lastTLSMode(on))
	var steps []int
	for _, mode := range standing {
		steps = append(steps, max(slices.Index(tlsModes, mode), 0))
	}
	next := target
	switch {
	case len(steps) == 0:
	case on:
		next = min(slices.Min(steps)+1, target)
	default:
		next = max(slices.Max(steps)-1, target)
	}
	return TLS{tlsModes[next], on}
}

// tlsModesOf returns the modes of members and router.
func tlsModesOf(standing []dockerhost.Container) (modes []cluster.TLSMode) {
	for _, c := range standing {
		switch topology.Role(c.Labels[containers.LabelRole]) {
		case topology.ConfigServer, topology.ShardMember, topology.Router:
			modes = append(modes, cluster.TLSMode(c.Labels[secretfile.LabelTLS]))
		}
	}
	return modes
}

// lastTLSMode is that of the last step.
func lastTLSMode(on bool) cluster.TLSMode {
	if on {
		return cluster.RequireTLS
	}
	return cluster.TLSOff
}

// More tells whether another deployment is needed.
func (t TLS) More() bool { return t.Mode != lastTLSMode(t.On) }

// Note says what the user should know about a deployment with this mode.
func (t TLS) Note(config.Config) string {
	step := slices.Index(tlsModes, t.Mode)
	switch {
	case !t.More():
		return ""
	case t.On:
		return fmt.Sprintf("TLS is being turned on. This is step %d of 3: until the last, MongoDB also takes connections without it.", step)
	}
	return fmt.Sprintf("TLS is being turned off. This is step %d of 3: until the last, MongoDB also takes connections with it.", len(tlsModes)-1-step)
}

// Clients tells whether the stack's own clients use TLS, and whether the servers other
// than MongoDB ask for it.
func (t TLS) Clients() bool { return t.Mode == cluster.PreferTLS || t.Mode == cluster.RequireTLS }

// certificates declares the stack's authority, and the certificates of its servers.
func (d *deployment) certificates() error {
	if d.tls.Mode == cluster.TLSOff {
		if !d.ctx.DryRun() {
			_ = os.Remove(AuthoritiesFile(d.root, d.ctx.Stack())) // usually there is none
		}
		return nil
	}
	parent, err := d.layer("certificates")
	if err != nil {
		return err
	}
	served := d.tlsServers()
	var servers []sdk.Server
	for _, c := range served {
		servers = append(servers, d.tlsServer(c))
	}
	d.authority, err = sdk.NewCertificateAuthority(d.ctx, "authority", &sdk.CertificateAuthorityArgs{
		CommonName: "SpeedScale stack " + d.ctx.Stack(), Generation: d.cfg.Security.Rotate.Authority,
		Servers: servers,
	}, parent)
	if err != nil {
		return err
	}
	d.certificate = map[string]*sdk.Certificate{}
	for _, c := range served {
		if c.Role == topology.Init || c.Role == topology.Frontend && d.cfg.Security.PageCertificate != "" {
			continue
		}
		args := &sdk.CertificateArgs{
			Server: d.tlsServer(c), Names: d.certifiedNames(c), Days: d.cfg.Security.CertificateDays,
			Authorities: d.authority.Certificates, AuthorityKey: d.authority.Key, Predecessors: d.authority.Predecessors,
		}
		if d.certificate[c.Name], err = sdk.NewCertificate(d.ctx, c.Name, args, parent); err != nil {
			return err
		}
	}
	d.exportAuthority()
	return nil
}

// tlsServers are the containers with certificate files. At first these are only the
// servers that take clients of both kinds.
func (d *deployment) tlsServers() []topology.Container {
	if d.tls.Clients() {
		return d.plan.Containers()
	}
	return append(d.plan.Cluster.Containers(), d.plan.Gateway)
}

// tlsServer says how a container learns of a replaced file.
func (d *deployment) tlsServer(c topology.Container) sdk.Server {
	switch c.Role {
	case topology.ConfigServer, topology.ShardMember, topology.Router:
		return sdk.Server{Container: c.Name, Host: c.Host(), Program: sdk.MongoDB}
	case topology.RedisStack:
		return sdk.Server{Container: c.Name, Host: fmt.Sprintf("%s:%d", c.Aliases[0], redisPort), Program: sdk.Redis}
	case topology.Frontend:
		return sdk.Server{Container: c.Name, Program: sdk.Nginx}
	}
	return sdk.Server{Container: c.Name}
}

// certifiedNames are the names and addresses in a container's certificate: those of the
// network, those by which it reaches itself and, if it has a published port, those by
// which others reach this machine.
func (d *deployment) certifiedNames(c topology.Container) []string {
	names := append(slices.Clone(c.Aliases), "localhost", "127.0.0.1", "::1")
	if len(c.Ports) > 0 {
		names = append(names, d.cfg.Hosts()...)
	}
	slices.Sort(names[1:]) // the first is the one that is shown
	return slices.Compact(names)
}

// certificateFiles are the files of a container that speaks TLS; none, if it does not.
func (d *deployment) certificateFiles(c topology.Container) (f containers.Files) {
	if d.tls.Mode == cluster.TLSOff {
		return f
	}
	f.Contents = map[string]pulumi.StringInput{secretfile.Authorities: d.authority.Certificates}
	f.From = []pulumi.Resource{d.authority}
	if own := d.certificate[c.Name]; own != nil {
		f.Contents[secretfile.Certificate] = own.Value
		f.From = append(f.From, own)
	}
	return f
}

// clientFiles are the files of a container that speaks TLS once the stack's own clients
// do. Members, router and gateway do so earlier.
func (d *deployment) clientFiles(c topology.Container) containers.Files {
	if !d.tls.Clients() {
		return containers.Files{}
	}
	return d.certificateFiles(c)
}

// Environment variables of the stack's own programs: whom they trust, and what they
// serve with.
const (
	tlsTrust = "TLS_CA_FILE=" + secretfile.Dir + "/" + secretfile.Authorities
	tlsServe = "TLS_CERTIFICATE_FILE=" + secretfile.Dir + "/" + secretfile.Certificate
	tlsBoth  = "TLS_OPTIONAL=true"
)

// ownPageCertificate returns the certificate and key that the settings give for the
// page, in one text; "" if they give none.
func (d *deployment) ownPageCertificate() (string, error) {
	if d.cfg.Security.PageCertificate == "" || !d.tls.Clients() {
		return "", nil
	}
	certificate, err := d.readSetting("pageCertificate", d.cfg.Security.PageCertificate)
	if err != nil {
		return "", err
	}
	key, err := d.readSetting("pageKey", d.cfg.Security.PageKey)
	if err != nil {
		return "", err
	}
	if _, err := tls.X509KeyPair([]byte(certificate), []byte(key)); err != nil {
		return "", fmt.Errorf("%s:security.pageCertificate and pageKey do not fit together: %w", config.Namespace, err)
	}
	return strings.TrimRight(certificate, "\n") + "\n" + key, nil
}

// readSetting reads the file that a setting of security names.
func (d *deployment) readSetting(name, file string) (string, error) {
	if !filepath.IsAbs(file) {
		file = filepath.Join(d.root, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s:security.%s: %w", config.Namespace, name, err)
	}
	return string(text), nil
}

// OutputAuthorities is the stack output with the authorities to trust, in PEM.
const OutputAuthorities = "authorities"

// SucceedsAnother tells from a deployment's outputs whether its authority takes the
// place of another one, which the next deployment can do away with.
func SucceedsAnother(outputs auto.OutputMap) bool {
	authorities, _ := outputs[OutputAuthorities].Value.(string)
	return len(pki.Split(authorities)) > 1
}

// AuthoritiesFile is the file in the project's folder from which clients learn whom to
// trust.
func AuthoritiesFile(root, stack string) string {
	return filepath.Join(root, "Pulumi."+stack+".ca.pem")
}

// exportAuthority writes the authorities where clients find them.
func (d *deployment) exportAuthority() {
	d.ctx.Export(OutputAuthorities, d.authority.Certificates)
	if d.ctx.DryRun() {
		return
	}
	d.authority.Certificates.ApplyT(func(certificates string) (string, error) {
		return "", os.WriteFile(AuthoritiesFile(d.root, d.ctx.Stack()), []byte(certificates), 0o644) //nolint:gosec // it is for everybody
	})
}
