package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/containers"
	"speedscale/infra/topology"
	"speedscale/internal/secretfile"
)

// LabelLogins is a label of members and router that tells whether clients must log
// in: LoginsRequired or LoginsOptional. Those without a keyfile do not have it.
const (
	LabelLogins    = "speedscale.logins"
	LoginsRequired = "required"
	LoginsOptional = "optional"
)

// LabelKeys is a label of members and router that tells which keys their keyfile
// holds, which cannot be read while they do not run.
const LabelKeys = "speedscale.keys"

// mongodb is the user of mongod and mongos, in all images.
const mongodb = "999:999"

// keyfileDir is a tmpfs with a copy of the keyfile that belongs to mongodb. A server
// refuses a keyfile that others may read, and a secret belongs to root.
const keyfileDir = "/run/mongodb"

// copyKeyfile makes the copy, and then runs the image's own entrypoint with the
// container's command.
const copyKeyfile = "install -m 0400 " + secretfile.Dir + "/" + secretfile.Keyfile + " " + keyfileDir + `/ && exec "$@"`

// secured adds what a mongod or the router needs for logins and TLS.
func (c *Cluster) secured(of topology.Container, spec containers.Spec) containers.Spec {
	return c.withTLS(of, c.withKeyfile(spec))
}

// withKeyfile adds the user and the cluster's keyfile, if it has one, to the
// container of a mongod or the router.
func (c *Cluster) withKeyfile(spec containers.Spec) containers.Spec {
	// By default the official image starts as root, and needs root's rights to become
	// this user.
	spec.User = mongodb
	if c.args.Keyfile == nil {
		return spec
	}
	spec.Tmpfs = map[string]string{keyfileDir: "gid=999,mode=0700,size=64k,uid=999"}
	spec.Secrets = map[string]pulumi.StringInput{secretfile.Keyfile: c.args.Keyfile}
	spec.Entrypoint = append([]string{"bash", "-c", copyKeyfile, "copy-keyfile"}, spec.Image.Needs.Entrypoint...)
	// Without the parameter, whoever is on the same host could create the first user:
	// a shard never has users of its own.
	spec.Command = append(spec.Command, "--keyFile", keyfileDir+"/"+secretfile.Keyfile, "--setParameter", "enableLocalhostAuthBypass=false")
	spec.Labels = map[string]string{LabelLogins: LoginsRequired}
	if c.args.Keys != "" {
		spec.Labels[LabelKeys] = c.args.Keys
	}
	if c.args.LoginsOptional {
		spec.Command = append(spec.Command, "--transitionToAuth")
		spec.Labels[LabelLogins] = LoginsOptional
	}
	return spec
}
