package main

import (
	"errors"
	"flag"

	"speedscale/infra/router/secure"
)

// tlsFlags are mongos's own that are about TLS.
type tlsFlags struct {
	mode     string
	files    secure.Files
	optional bool
}

func (f *tlsFlags) register(flags *flag.FlagSet) {
	flags.StringVar(&f.mode, "tlsMode", string(secure.Disabled), "disabled, allowTLS, preferTLS or requireTLS")
	flags.StringVar(&f.files.Certificate, "tlsCertificateKeyFile", "", "the router's certificate and private key, in PEM")
	flags.StringVar(&f.files.Authority, "tlsCAFile", "", "the authorities that clients and members are trusted by, in PEM")
	flags.BoolVar(&f.optional, "tlsAllowConnectionsWithoutCertificates", false, "clients may show no certificate")
}

func (f *tlsFlags) open() (*secure.TLS, error) {
	mode, err := secure.ParseMode(f.mode)
	if err != nil {
		return nil, err
	}
	if mode == secure.Disabled && (f.files != secure.Files{} || f.optional) {
		return nil, errors.New("--tlsCertificateKeyFile, --tlsCAFile and --tlsAllowConnectionsWithoutCertificates: need a --tlsMode other than disabled")
	}
	return secure.Open(mode, f.files, f.optional)
}
