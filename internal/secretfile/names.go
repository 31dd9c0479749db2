package secretfile

// Dir is the folder of a container's secrets. They belong to root, and every user of
// the container can read them.
const Dir = "/run/secrets"

// Names of secrets in Dir that several programs know.
const (
	Keyfile     = "keyfile"     // the key by which a cluster's members and router know each other
	RedisAdmin  = "redis-admin" // the password of Redis's user admin
	Authorities = "ca.pem"      // whom to trust, where the container speaks TLS
	Certificate = "server.pem"  // its own certificate and private key there
)

// LabelTLS is the label on containers that speak TLS: the files Authorities and
// Certificate in these are replaced while they run.
const LabelTLS = "speedscale.tls"
