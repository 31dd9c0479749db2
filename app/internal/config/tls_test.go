package config

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
)

func TestTLSFiles(t *testing.T) {
	files := testenv.NewTLS(t, testenv.NewAuthority(t, "ours"))
	c, err := Parse(map[string]string{})
	require.NoError(t, err)
	require.Nil(t, c.Trust)
	require.Nil(t, c.Certificate)
	c, err = Parse(map[string]string{
		"TLS_CA_FILE": files.AuthorityFile, "TLS_CERTIFICATE_FILE": files.CertificateFile,
		"MONGO_URI": "mongodb://mongos:27017/speedscale?tls=true", "REDIS_URL": "rediss://redis:6379",
	})
	require.NoError(t, err)
	require.NotNil(t, c.Trust.VerifyConnection)
	require.NotNil(t, c.Certificate.GetCertificate)
	_, err = json.Marshal(c)
	require.NoError(t, err)
}

func TestMistakesWithTLS(t *testing.T) {
	files := testenv.NewTLS(t, testenv.NewAuthority(t, "ours"))
	broken := files.CertificateFile + ".broken"
	testenv.Replace(t, broken, "?")
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"MongoDB": {map[string]string{"MONGO_URI": "mongodb://mongos:27017/speedscale?tls=true"}, "TLS_CA_FILE is not set: want the file with the authorities that MongoDB is verified with, since MONGO_URI has tls=true"},
		"Redis":   {map[string]string{"REDIS_URL": "rediss://redis:6379"}, "TLS_CA_FILE is not set: want the file with the authorities that Redis is verified with, since REDIS_URL is rediss://"},
		"no such authority": {
			map[string]string{"TLS_CA_FILE": "/nowhere/ca.pem", "REDIS_URL": "rediss://redis:6379"},
			"TLS_CA_FILE: authorities to trust: open /nowhere/ca.pem: no such file or directory",
		},
		"broken authority":   {map[string]string{"TLS_CA_FILE": broken}, "TLS_CA_FILE: authorities to trust: " + broken + ": want a certificate in PEM, there is none"},
		"broken certificate": {map[string]string{"TLS_CERTIFICATE_FILE": broken}, "TLS_CERTIFICATE_FILE: certificate to serve with: " + broken + ": want a certificate and its private key in PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.env)
			require.ErrorContains(t, err, "environment: "+c.want)
		})
	}
}
