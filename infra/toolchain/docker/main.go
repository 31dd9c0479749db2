// Command pulumi-resource-docker is Pulumi's Docker plugin: Pulumi's Terraform bridge around the Terraform provider for
// Docker. It exists for machines that cannot download the released plugin, takes the programs and the state of
// that one, and is installed under its name and version.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// version is the released plugin's that this build stands for, without the v: the linker sets it from the go.mod which
// the programs' SDK comes from (see tools.sh), for the engine looks for exactly that plugin.
var version = "0.0.0-dev"

func main() {
	tfbridge.Main(pkg, version, newProvider(), stubSchema())
}
