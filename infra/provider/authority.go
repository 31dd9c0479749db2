package provider

import (
	"context"
	"fmt"
	"slices"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/sync/errgroup"

	"speedscale/infra/pki"
	"speedscale/internal/secretfile"
)

// CertificateAuthority signs certificates, and is trusted by servers.
//
// A new authority takes the place of an old one in stages. At first both are trusted,
// while the servers get certificates of the new one. The old one goes in a later
// update, once no server has a certificate of it.
type CertificateAuthority struct{ connect Connect }

// CertificateAuthorityArgs are a CertificateAuthority's inputs.
type CertificateAuthorityArgs struct {
	CommonName string   `pulumi:"commonName"`
	Generation int      `pulumi:"generation,optional"`
	Servers    []Server `pulumi:"servers,optional"`
}

// CertificateAuthorityState is a CertificateAuthority's outputs.
type CertificateAuthorityState struct {
	CertificateAuthorityArgs
	Certificates string   `pulumi:"certificates"`
	Key          string   `pulumi:"key" provider:"secret"`
	Predecessors []string `pulumi:"predecessors"`
}

// Annotate describes the resource.
func (c *CertificateAuthority) Annotate(a infer.Annotator) {
	a.Describe(&c, "A certificate authority (ECDSA P-256, 10 years) that signs the certificates of a stack. When its generation is changed, a new one is made, "+
		"and the servers trust both until an update finds that no server has a certificate of the old one any more.")
}

// Annotate describes the inputs.
func (args *CertificateAuthorityArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.CommonName, "Name that people see in lists of authorities.")
	a.Describe(&args.Generation, "Any number. Another one means a new authority.")
	a.Describe(&args.Servers, "The servers that trust the authority. In those that run, the file with its certificates is replaced.")
	a.SetDefault(&args.Generation, 1)
}

// Annotate describes the outputs.
func (s *CertificateAuthorityState) Annotate(a infer.Annotator) {
	a.Describe(&s.Certificates, "The authorities to trust (PEM): this one and, during a change, its predecessors.")
	a.Describe(&s.Key, "The private key of the first of the certificates (PEM).")
	a.Describe(&s.Predecessors, "Fingerprints of the authorities whose place this one takes.")
}

// WireDependencies has the engine encrypt the key, and expect other certificates with
// another generation.
func (c *CertificateAuthority) WireDependencies(f infer.FieldSelector, args *CertificateAuthorityArgs, state *CertificateAuthorityState) {
	f.OutputField(&state.Key).AlwaysSecret()
	f.OutputField(&state.Key).DependsOn(f.InputField(&args.Generation))
	f.OutputField(&state.Certificates).DependsOn(f.InputField(&args.Generation))
	// Known in a preview: whether certificates may change their authority depends on it.
	f.OutputField(&state.Predecessors).AlwaysKnown()
	f.OutputField(&state.Predecessors).NeverSecret()
	f.OutputField(&state.Certificates).NeverSecret()
}

// Check reports every mistake in the inputs.
func (c *CertificateAuthority) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[CertificateAuthorityArgs], error) {
	args, failures, err := infer.DefaultCheck[CertificateAuthorityArgs](ctx, req.NewInputs)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[CertificateAuthorityArgs]{Inputs: args, Failures: failures}, err
	}
	var found checks
	for i, s := range args.Servers {
		s.check(&found, fmt.Sprintf("servers[%d]", i))
	}
	return infer.CheckResponse[CertificateAuthorityArgs]{Inputs: args, Failures: found}, nil
}

// ageing tells whether an authority should be replaced because of its age: it must
// outlive every certificate that it signs.
func ageing(certificates string) bool {
	_, end, err := pki.Expiry(certificates)
	return err == nil && time.Now().AddDate(3, 0, 0).After(end)
}

func several(certificates string) bool { return len(pki.Split(certificates)) > 1 }

// Diff also wants an update while a predecessor is trusted, and when the authority
// gets old.
func (c *CertificateAuthority) Diff(_ context.Context, req infer.DiffRequest[CertificateAuthorityArgs, CertificateAuthorityState]) (infer.DiffResponse, error) {
	changed := map[string]p.PropertyDiff{}
	old := req.State
	if req.Inputs.Generation != old.Generation || ageing(old.Certificates) {
		changed["generation"] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
	}
	if several(old.Certificates) {
		changed["certificates"] = p.PropertyDiff{Kind: p.Update}
	}
	if req.Inputs.CommonName != old.CommonName {
		changed["commonName"] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
	}
	// Which servers there are is for later updates only.
	return infer.DiffResponse{HasChanges: len(changed) > 0, DetailedDiff: changed}, nil
}

// Create makes an authority.
func (c *CertificateAuthority) Create(_ context.Context, req infer.CreateRequest[CertificateAuthorityArgs]) (infer.CreateResponse[CertificateAuthorityState], error) {
	resp := infer.CreateResponse[CertificateAuthorityState]{ID: req.Name, Output: CertificateAuthorityState{CertificateAuthorityArgs: req.Inputs, Predecessors: []string{}}}
	if req.DryRun {
		return resp, nil
	}
	var err error
	resp.Output.Certificates, resp.Output.Key, err = pki.NewAuthority(req.Inputs.CommonName, time.Now())
	return resp, err
}

// Update makes a new authority for another generation, and has the servers trust it
// beside the old ones. Otherwise it ends the trust in authorities that no server
// needs any more.
func (c *CertificateAuthority) Update(ctx context.Context, req infer.UpdateRequest[CertificateAuthorityArgs, CertificateAuthorityState]) (infer.UpdateResponse[CertificateAuthorityState], error) {
	old, next := req.State, req.State
	next.CertificateAuthorityArgs = req.Inputs
	resp := func(err error) (infer.UpdateResponse[CertificateAuthorityState], error) {
		return infer.UpdateResponse[CertificateAuthorityState]{Output: next}, err
	}
	renew := req.Inputs.Generation != old.Generation || ageing(old.Certificates)
	if renew {
		next.Predecessors = fingerprints(old.Certificates)
	}
	if req.DryRun {
		return resp(nil)
	}
	clients, err := c.connect()
	if err != nil {
		return resp(err)
	}
	switch {
	case renew:
		var certificate string
		if certificate, next.Key, err = pki.NewAuthority(req.Inputs.CommonName, time.Now()); err != nil {
			return resp(err)
		}
		next.Certificates = certificate + old.Certificates
	case several(old.Certificates):
		needed, err := clients.oldNeeded(ctx, old.Certificates, req.Inputs.Servers)
		if err != nil {
			return resp(err)
		}
		if needed != "" {
			p.GetLogger(ctx).Warningf("the old authority is still trusted, since the container %s has a certificate of it", needed)
			return resp(nil)
		}
		next.Certificates = pki.Split(old.Certificates)[0]
	}
	return resp(clients.trust(ctx, next.CertificateAuthorityArgs, next.Certificates))
}

func fingerprints(certificates string) (found []string) {
	for _, c := range pki.Split(certificates) {
		found = append(found, pki.Fingerprint(c))
	}
	return found
}

// oldNeeded returns a container with a certificate of another authority than the first;
// "" if there is none.
func (c Clients) oldNeeded(ctx context.Context, authorities string, servers []Server) (container string, err error) {
	predecessors := pki.Split(authorities)[1:]
	for _, s := range servers {
		own, err := c.installed(ctx, s.Container, secretfile.Certificate)
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(predecessors, func(old string) bool { return pki.Signed(old, own) }) {
			return s.Container, nil
		}
	}
	return "", nil
}

// trust has all servers trust the authorities.
func (c Clients) trust(ctx context.Context, args CertificateAuthorityArgs, authorities string) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range args.Servers {
		group.Go(func() error {
			return c.install(ctx, s, secretfile.Authorities, authorities, c.reloads(authorities))
		})
	}
	return group.Wait()
}

// Read finds out whether the servers have the file with the authorities. It does not
// ask them whether they use it.
func (c *CertificateAuthority) Read(ctx context.Context, req infer.ReadRequest[CertificateAuthorityArgs, CertificateAuthorityState]) (infer.ReadResponse[CertificateAuthorityArgs, CertificateAuthorityState], error) {
	resp := infer.ReadResponse[CertificateAuthorityArgs, CertificateAuthorityState](req)
	clients, err := c.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	for _, s := range req.Inputs.Servers {
		found, err := clients.installed(ctx, s.Container, secretfile.Authorities)
		if err != nil {
			return resp, err
		}
		if found != "" && found != req.State.Certificates {
			return resp, initFailed("%s: trusts other authorities", s.Container)
		}
	}
	return resp, nil
}
