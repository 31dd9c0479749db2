package stack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/cluster"
	"speedscale/infra/config"
	"speedscale/infra/containers"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

// tlsModes are in the order in which TLS is turned on, one in each deployment.
var tlsModes = []cluster.TLSMode{cluster.TLSOff, cluster.AllowTLS, cluster.PreferTLS, cluster.RequireTLS}

// NextTLS returns the mode of the next deployment, as the settings and the containers
// that stand require. Without an answer from Docker it takes the stack for a new one.
func NextTLS(ctx context.Context, cfg config.Config, stack string) cluster.TLSMode {
	return nextTLS(cfg.TLS(), deployedTLS(ctx, stack))
}

// nextTLS gets the mode of each member that stands. When TLS is turned on, the hindmost
// member takes the next step, and the others with it; when it is turned off, the
// foremost.
func nextTLS(on bool, deployed []cluster.TLSMode) cluster.TLSMode {
	target := 0
	if on {
		target = len(tlsModes) - 1
	}
	var steps []int
	for _, mode := range deployed {
		steps = append(steps, slices.Index(tlsModes, mode))
	}
	switch {
	case len(steps) == 0:
		return tlsModes[target]
	case on:
		return tlsModes[min(max(slices.Min(steps), 0)+1, target)]
	}
	return tlsModes[max(slices.Max(steps)-1, target)]
}

// deployedTLS returns the mode of each member of the stack's replica sets, and of the
// router.
func deployedTLS(ctx context.Context, stack string) (deployed []cluster.TLSMode) {
	for _, c := range deployedContainers(ctx, stack) {
		switch topology.Role(c.Labels[containers.LabelRole]) {
		case topology.ConfigServer, topology.ShardMember, topology.Router:
			deployed = append(deployed, cluster.TLSMode(c.Labels[topology.LabelTLS]))
		}
	}
	return deployed
}

// tlsNote says what the user should know about a deployment with this mode; "" for
// nothing.
func tlsNote(on bool, mode cluster.TLSMode) string {
	switch {
	case on && mode != cluster.RequireTLS:
		return fmt.Sprintf("TLS is being turned on. This is step %d of 3: MongoDB still takes connections without it.", slices.Index(tlsModes, mode))
	case !on && mode != cluster.TLSOff:
		return fmt.Sprintf("TLS is being turned off. This is step %d of 3: MongoDB still takes connections with it.", 3-slices.Index(tlsModes, mode))
	}
	return ""
}

// secure tells whether the stack's own clients use TLS, and whether the servers other
// than MongoDB ask for it.
func (d *deployment) secure() bool {
	return d.tls == cluster.PreferTLS || d.tls == cluster.RequireTLS
}

// certificates declares the stack's authority, and the certificates of its servers.
func (d *deployment) certificates() error {
	if d.tls == cluster.TLSOff {
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
		Servers: servers, RedisPassword: d.secret[redisAdmin],
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
		if c.Role == topology.RedisStack {
			args.RedisPassword = d.secret[redisAdmin]
		}
		if d.certificate[c.Name], err = sdk.NewCertificate(d.ctx, c.Name, args, parent); err != nil {
			return err
		}
	}
	d.exportAuthority()
	return nil
}

// tlsServers are the containers with certificate files: at first only the members and
// the router.
func (d *deployment) tlsServers() []topology.Container {
	if d.secure() {
		return d.plan.Containers()
	}
	return d.plan.Cluster.Containers()
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
	if d.tls == cluster.TLSOff {
		return f
	}
	f.Contents = map[string]pulumi.StringInput{topology.AuthorityFile: d.authority.Certificates}
	f.From = []pulumi.Resource{d.authority}
	if own := d.certificate[c.Name]; own != nil {
		f.Contents[topology.CertificateFile] = own.Value
		f.From = append(f.From, own)
	}
	return f
}

// OutputAuthorities is the stack output with the authorities to trust, in PEM.
const OutputAuthorities = "authorities"

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
