// Package shim exports the Terraform provider for Docker, which its module keeps in internal/: by its path this
// module belongs to that tree, so the compiler lets it import what is inside.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// NewProvider returns the Docker provider; version is what it reports about itself.
func NewProvider(version string) *schema.Provider {
	return provider.New(version)()
}
