// This is the Pulumi program that `pulumi up` runs.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/stack"
)

func main() {
	pulumi.Run(stack.Program(""))
}
