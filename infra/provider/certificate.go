package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/pki"
	"speedscale/internal/secretfile"
)

// Certificate is the certificate of a server, with its private key.
type Certificate struct{ connect Connect }

// CertificateArgs are a Certificate's inputs.
type CertificateArgs struct {
	Server       Server   `pulumi:"server"`
	Names        []string `pulumi:"names"`
	Days         int      `pulumi:"days,optional"`
	Authorities  string   `pulumi:"authorities"`
	AuthorityKey string   `pulumi:"authorityKey" provider:"secret"`
	Predecessors []string `pulumi:"predecessors,optional"`
}

// CertificateState is a Certificate's outputs.
type CertificateState struct {
	CertificateArgs
	Value     string `pulumi:"value" provider:"secret"`
	Authority string `pulumi:"authority"`
	Expires   string `pulumi:"expires"`
}

// Annotate describes the resource.
func (c *Certificate) Annotate(a infer.Annotator) {
	a.Describe(&c, "The certificate of a server, with its private key (ECDSA P-256). An update in the last third of its life renews it. "+
		"If its container runs, the file there is replaced and the program uses it at once, without a restart.")
}

// Annotate describes the inputs.
func (args *CertificateArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Server, "The server.")
	a.Describe(&args.Names, "Names and addresses by which clients reach the server.")
	a.Describe(&args.Days, "How many days it is valid.")
	a.Describe(&args.Authorities, "The authorities that the servers trust (PEM). The first one signs.")
	a.Describe(&args.AuthorityKey, "The private key of the first authority (PEM).")
	a.Describe(&args.Predecessors, "Fingerprints of the authorities whose place the first one takes: certificates of these may be replaced. See CertificateAuthority.")
	a.SetDefault(&args.Days, 90)
}

// Annotate describes the outputs.
func (s *CertificateState) Annotate(a infer.Annotator) {
	a.Describe(&s.Value, "The certificate and its private key (PEM).")
	a.Describe(&s.Authority, "Fingerprint of the authority that signed it.")
	a.Describe(&s.Expires, "Until when it is valid (RFC 3339).")
}

// WireDependencies has the engine encrypt the key in the state.
func (c *Certificate) WireDependencies(f infer.FieldSelector, args *CertificateArgs, state *CertificateState) {
	f.OutputField(&state.Value).AlwaysSecret()
	f.OutputField(&state.Authority).NeverSecret()
	f.OutputField(&state.Expires).NeverSecret()
	for _, input := range []any{&args.Names, &args.Days, &args.AuthorityKey} {
		for _, output := range []any{&state.Value, &state.Authority, &state.Expires} {
			f.OutputField(output).DependsOn(f.InputField(input))
		}
	}
}

// Check reports every mistake in the inputs.
func (c *Certificate) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[CertificateArgs], error) {
	args, failures, err := infer.DefaultCheck[CertificateArgs](ctx, req.NewInputs)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[CertificateArgs]{Inputs: args, Failures: failures}, err
	}
	var found checks
	args.Server.check(&found, "server")
	if len(args.Names) == 0 {
		found.add("names", "is empty, must list the names and addresses of the server")
	}
	if args.Days < 1 {
		found.add("days", "%d: must be at least 1", args.Days)
	}
	return infer.CheckResponse[CertificateArgs]{Inputs: args, Failures: found}, nil
}

// stale returns the property because of which a new certificate is needed; "" if none
// is. What is not known yet, in a preview, is empty.
func (args CertificateArgs) stale(old CertificateState) string {
	renew, _, err := pki.Expiry(old.Value)
	switch {
	case !slices.Equal(args.Names, old.Names):
		return "names"
	case args.Days != old.Days:
		return "days"
	case pki.Fingerprint(args.Authorities) != old.Authority:
		return "authorities"
	case err != nil || time.Now().After(renew):
		return "expires"
	}
	return ""
}

// trusted returns an error if servers might refuse the certificate in use, or a new one:
// if its authority would be replaced by one that has no stage in which both are trusted.
func (args CertificateArgs) trusted(old CertificateState) error {
	known := append(fingerprints(args.Authorities), args.Predecessors...)
	if old.Authority == "" || slices.Contains(known, old.Authority) {
		return nil
	}
	return fmt.Errorf("the certificate of %s is of an authority that would no longer be trusted, and servers that have not changed yet would refuse each other. "+
		"A new authority must at first be trusted beside the old one: keep the CertificateAuthority, and change its generation", args.Server.Container)
}

// Diff also wants an update in the last third of the certificate's life. It fails if the
// authority would change without a stage in which both are trusted.
func (c *Certificate) Diff(_ context.Context, req infer.DiffRequest[CertificateArgs, CertificateState]) (infer.DiffResponse, error) {
	if err := req.Inputs.trusted(req.State); err != nil {
		return infer.DiffResponse{}, err
	}
	changed := map[string]p.PropertyDiff{}
	if why := req.Inputs.stale(req.State); why != "" {
		changed[why] = p.PropertyDiff{Kind: p.Update, InputDiff: why != "expires"}
	}
	if req.Inputs.Server.Container != req.State.Server.Container {
		changed["server"] = p.PropertyDiff{Kind: p.UpdateReplace, InputDiff: true}
	}
	return infer.DiffResponse{HasChanges: len(changed) > 0, DetailedDiff: changed}, nil
}

// Create makes a certificate.
func (c *Certificate) Create(ctx context.Context, req infer.CreateRequest[CertificateArgs]) (infer.CreateResponse[CertificateState], error) {
	resp := infer.CreateResponse[CertificateState]{ID: req.Inputs.Server.Container, Output: CertificateState{CertificateArgs: req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	return resp, c.renew(ctx, &resp.Output)
}

// Update renews the certificate if it has to be, and puts it into the container.
func (c *Certificate) Update(ctx context.Context, req infer.UpdateRequest[CertificateArgs, CertificateState]) (infer.UpdateResponse[CertificateState], error) {
	resp := infer.UpdateResponse[CertificateState]{Output: req.State}
	resp.Output.CertificateArgs = req.Inputs
	if req.DryRun {
		return resp, nil
	}
	if err := req.Inputs.trusted(req.State); err != nil {
		return resp, err
	}
	if req.Inputs.stale(req.State) == "" { // the file in the container is not this one
		return resp, c.install(ctx, resp.Output)
	}
	return resp, c.renew(ctx, &resp.Output)
}

func (c *Certificate) renew(ctx context.Context, state *CertificateState) error {
	if len(pki.Split(state.Authorities)) == 0 {
		return errors.New("authorities: there is no certificate (PEM) in it")
	}
	certificate, key, err := pki.NewCertificate(pki.Split(state.Authorities)[0], state.AuthorityKey, state.Names, state.Days, time.Now())
	if err != nil {
		return err
	}
	_, end, err := pki.Expiry(certificate)
	if err != nil {
		return err
	}
	state.Value, state.Authority, state.Expires = certificate+key, pki.Fingerprint(state.Authorities), end.UTC().Format(time.RFC3339)
	return c.install(ctx, *state)
}

func (c *Certificate) install(ctx context.Context, state CertificateState) error {
	clients, err := c.connect()
	if err != nil {
		return err
	}
	return clients.install(ctx, state.Server, secretfile.Certificate, state.Value, clients.reloads(state.Authorities))
}

// Read finds out whether the container has these files. It does not ask the program
// whether it uses them.
func (c *Certificate) Read(ctx context.Context, req infer.ReadRequest[CertificateArgs, CertificateState]) (infer.ReadResponse[CertificateArgs, CertificateState], error) {
	resp := infer.ReadResponse[CertificateArgs, CertificateState](req)
	clients, err := c.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	found, err := clients.installed(ctx, req.State.Server.Container, secretfile.Certificate)
	if err != nil {
		return resp, err
	}
	if found != "" && found != req.State.Value {
		return resp, initFailed("%s: has another certificate", req.State.Server.Container)
	}
	return resp, nil
}
