package tlsfiles

import (
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func fileOf(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.pem")
	testenv.Replace(t, name, text)
	return name
}

// serving answers handshakes with the certificate that a file has.
func serving(t *testing.T, certificateFile string) (addr string) {
	t.Helper()
	config, err := Server(certificateFile)
	require.NoError(t, err)
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	require.NoError(t, err)
	var done sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); done.Wait() })
	done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() { _ = conn.(*tls.Conn).Handshake(); _ = conn.Close() })
		}
	})
	return l.Addr().String()
}

// dial is a handshake with a server by a name, with a copy of the configuration as
// drivers make it.
func dial(addr, name string, config *tls.Config) (shown *tls.ConnectionState, err error) {
	config = config.Clone()
	config.ServerName = name
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", addr, config)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	state := conn.ConnectionState()
	return &state, nil
}

func TestWhomAClientTrusts(t *testing.T) {
	ours, others := testenv.NewAuthority(t, "ours"), testenv.NewAuthority(t, "others")
	for name, c := range map[string]struct {
		trusted, shown, by string
		want               string // empty: trusted
	}{
		"right":           {ours.PEM, ours.Certificate(t, "mongos", "localhost"), "mongos", ""},
		"one of two":      {others.PEM + ours.PEM, ours.Certificate(t, "mongos"), "mongos", ""},
		"with comments":   {"# others\n" + others.PEM + "\n# ours\n" + ours.PEM + "\n", ours.Certificate(t, "mongos"), "mongos", ""},
		"wrong name":      {ours.PEM, ours.Certificate(t, "mongos"), "redis", "certificate is valid for mongos, not redis"},
		"wrong authority": {ours.PEM, others.Certificate(t, "mongos"), "mongos", "certificate signed by unknown authority"},
		"expired":         {ours.PEM, ours.CertificateUntil(t, time.Now().Add(-time.Minute), "mongos"), "mongos", "certificate has expired"},
		"by its address":  {ours.PEM, ours.Certificate(t), "", "dialled by its IP address"},
	} {
		t.Run(name, func(t *testing.T) {
			file := fileOf(t, c.trusted)
			config, err := Client(file)
			require.NoError(t, err)
			_, err = dial(serving(t, fileOf(t, c.shown)), c.by, config)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, file)
		})
	}
}

// The server's certificate goes over to another authority, as the stack does it: clients
// trust both before the server changes, and only the new one after that.
func TestReplacedWhileRunning(t *testing.T) {
	before, after := testenv.NewAuthority(t, "before"), testenv.NewAuthority(t, "after")
	trusted, shown := fileOf(t, before.PEM), fileOf(t, before.Certificate(t))
	addr := serving(t, shown)
	client, err := Client(trusted)
	require.NoError(t, err)
	issuer := func() string {
		t.Helper()
		state, err := dial(addr, "localhost", client)
		require.NoError(t, err)
		return state.PeerCertificates[0].Issuer.CommonName
	}
	require.Equal(t, "before", issuer())
	testenv.Replace(t, trusted, before.PEM+after.PEM)
	require.Equal(t, "before", issuer())
	testenv.Replace(t, shown, after.Certificate(t))
	require.Equal(t, "after", issuer())
	testenv.Replace(t, trusted, after.PEM)
	require.Equal(t, "after", issuer())
	testenv.Replace(t, shown, before.Certificate(t))
	_, err = dial(addr, "localhost", client)
	require.ErrorContains(t, err, "unknown authority")
}

// Neither the time nor the size of a file may change when it is replaced.
func TestReplacedByOneOfTheSameTimeAndSize(t *testing.T) {
	authority := testenv.NewAuthority(t, "ours")
	one, other := authority.Certificate(t, "one"), authority.Certificate(t, "two")
	size := max(len(one), len(other))
	pad := func(text string) string { return text + strings.Repeat("\n", size-len(text)) }
	shown := fileOf(t, pad(one))
	addr := serving(t, shown)
	client, err := Client(fileOf(t, authority.PEM))
	require.NoError(t, err)
	_, err = dial(addr, "one", client)
	require.NoError(t, err)
	info, err := os.Stat(shown)
	require.NoError(t, err)
	testenv.Replace(t, shown, pad(other))
	require.NoError(t, os.Chtimes(shown, info.ModTime(), info.ModTime()))
	_, err = dial(addr, "two", client)
	require.NoError(t, err)
}

func TestWhatAFileLastSaidHolds(t *testing.T) {
	authority := testenv.NewAuthority(t, "ours")
	certificate := authority.Certificate(t)
	trusted, shown := fileOf(t, authority.PEM), fileOf(t, certificate)
	addr := serving(t, shown)
	client, err := Client(trusted)
	require.NoError(t, err)
	stranger := testenv.NewAuthority(t, "stranger").PEM
	for name, text := range map[string]string{
		"empty": "", "no PEM": "?", "half": certificate[:len(certificate)/2], "all but the end": certificate[:len(certificate)-5],
		"one and a half authorities": stranger + authority.PEM[:len(authority.PEM)/2],
	} {
		t.Run(name, func(t *testing.T) {
			testenv.Replace(t, trusted, text)
			testenv.Replace(t, shown, text)
			_, err := dial(addr, "localhost", client)
			require.NoError(t, err)
		})
	}
	require.NoError(t, os.Remove(trusted))
	require.NoError(t, os.Remove(shown))
	_, err = dial(addr, "localhost", client)
	require.NoError(t, err, "missing")
}

func TestMistakesAtTheStart(t *testing.T) {
	authority := testenv.NewAuthority(t, "ours")
	certificate := authority.Certificate(t)
	other := authority.Certificate(t)
	_, otherKey, _ := strings.Cut(other, "-----END CERTIFICATE-----\n")
	own, _, _ := strings.Cut(certificate, "-----BEGIN PRIVATE KEY-----")
	client := func(file string) error { _, err := Client(file); return err }
	server := func(file string) error { _, err := Server(file); return err }
	for name, c := range map[string]struct {
		open       func(string) error
		text, want string
	}{
		"no authorities":     {client, "?", "authorities to trust: FILE: want a certificate in PEM, there is none"},
		"half an authority":  {client, authority.PEM[:200], "authorities to trust: FILE: its last part is incomplete"},
		"only a key":         {client, otherKey, "authorities to trust: FILE: want a certificate in PEM, there is none"},
		"no certificate":     {server, "?", "certificate to serve with: FILE: want a certificate and its private key in PEM"},
		"without its key":    {server, own, "certificate to serve with: FILE: want a certificate and its private key in PEM"},
		"with another's key": {server, own + otherKey, "private key does not match public key"},
	} {
		t.Run(name, func(t *testing.T) {
			file := fileOf(t, c.text)
			require.ErrorContains(t, c.open(file), strings.ReplaceAll(c.want, "FILE", file))
		})
	}
	require.ErrorContains(t, client("/nowhere/ca.pem"), "/nowhere/ca.pem: no such file or directory")
	require.ErrorContains(t, server("/nowhere/server.pem"), "/nowhere/server.pem: no such file or directory")
}

func TestOldVersionsAreRefused(t *testing.T) {
	authority := testenv.NewAuthority(t, "ours")
	client, err := Client(fileOf(t, authority.PEM))
	require.NoError(t, err)
	addr := serving(t, fileOf(t, authority.Certificate(t)))
	client.MinVersion, client.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	_, err = dial(addr, "localhost", client)
	require.ErrorContains(t, err, "protocol version")
}

// Handshakes come at once, while files change.
func TestManyHandshakesWhileFilesChange(t *testing.T) {
	authority := testenv.NewAuthority(t, "ours")
	trusted, shown := fileOf(t, authority.PEM), fileOf(t, authority.Certificate(t))
	addr := serving(t, shown)
	client, err := Client(trusted)
	require.NoError(t, err)
	var dialling sync.WaitGroup
	for range 8 {
		dialling.Go(func() {
			for range 20 {
				if _, err := dial(addr, "localhost", client); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 20 {
		testenv.Replace(t, trusted, authority.PEM)
		testenv.Replace(t, shown, authority.Certificate(t))
	}
	dialling.Wait()
}
