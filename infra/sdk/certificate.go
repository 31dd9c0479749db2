package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Server is a container that has certificate files in the folder of its secrets.
type Server struct {
	Container string
	Host      string  // by which its clients know it, with the port; for MongoDB and Redis
	Program   Program // that is told when a file was replaced; "": it reads its files again by itself
}

// Program says how a server learns of a replaced certificate file.
type Program string

// The programs that have to be told.
const (
	MongoDB Program = "mongodb"
	Redis   Program = "redis"
	Nginx   Program = "nginx"
)

func (s Server) inputs() pulumi.Map {
	in := pulumi.Map{"container": pulumi.String(s.Container)}
	if s.Host != "" {
		in["host"] = pulumi.String(s.Host)
	}
	if s.Program != "" {
		in["program"] = pulumi.String(s.Program)
	}
	return in
}

// CertificateAuthorityArgs describes an authority that signs certificates.
type CertificateAuthorityArgs struct {
	CommonName string   // that people see in lists of authorities
	Generation int      // another one means another authority; 0: 1
	Servers    []Server // that trust it
}

// CertificateAuthority is an authority, and those whose place it takes.
type CertificateAuthority struct {
	pulumi.CustomResourceState

	Certificates pulumi.StringOutput      `pulumi:"certificates"` // PEM; the first is the authority that signs
	Key          pulumi.StringOutput      `pulumi:"key"`          // marked as secret
	Predecessors pulumi.StringArrayOutput `pulumi:"predecessors"` // fingerprints
}

// NewCertificateAuthority registers a CertificateAuthority.
func NewCertificateAuthority(ctx *pulumi.Context, name string, args *CertificateAuthorityArgs, opts ...pulumi.ResourceOption) (*CertificateAuthority, error) {
	var res CertificateAuthority
	err := register(ctx, "CertificateAuthority", name, args.inputs(), &res, opts)
	return &res, err
}

func (args *CertificateAuthorityArgs) inputs() inputs {
	in := inputs{"commonName": pulumi.String(args.CommonName)}
	if len(args.Servers) > 0 {
		var servers pulumi.Array
		for _, s := range args.Servers {
			servers = append(servers, s.inputs())
		}
		in["servers"] = servers
	}
	return in.number("generation", args.Generation)
}

// CertificateArgs describes the certificate of a server.
type CertificateArgs struct {
	Server       Server
	Names        []string           // and addresses by which clients reach it
	Days         int                // that it is valid; 0: the provider's default, 90
	Authorities  pulumi.StringInput // those of a CertificateAuthority, as the next two
	AuthorityKey pulumi.StringInput
	Predecessors pulumi.StringArrayInput
}

// Certificate is a certificate with its private key.
type Certificate struct {
	pulumi.CustomResourceState

	Value     pulumi.StringOutput `pulumi:"value"`     // both, PEM; marked as secret
	Authority pulumi.StringOutput `pulumi:"authority"` // fingerprint
	Expires   pulumi.StringOutput `pulumi:"expires"`   // RFC 3339
}

// NewCertificate registers a Certificate.
func NewCertificate(ctx *pulumi.Context, name string, args *CertificateArgs, opts ...pulumi.ResourceOption) (*Certificate, error) {
	var res Certificate
	err := register(ctx, "Certificate", name, args.inputs(), &res, opts)
	return &res, err
}

func (args *CertificateArgs) inputs() inputs {
	in := inputs{
		"server": args.Server.inputs(), "names": pulumi.ToStringArray(args.Names),
		"authorities": args.Authorities, "authorityKey": pulumi.ToSecret(args.AuthorityKey),
	}
	if args.Predecessors != nil {
		in["predecessors"] = args.Predecessors
	}
	return in.number("days", args.Days)
}
