// The Pulumi program, as the Pulumi CLI runs it.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/stack"
)

func main() {
	pulumi.Run(stack.Program(""))
}
