package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// authority signs certificates and writes them as files.
type authority struct {
	t           *testing.T
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newAuthority writes ca.pem.
func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir(), certificate: &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	der, key := a.create(a.certificate)
	var err error
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.key = key
	a.write("ca.pem", "CERTIFICATE", der)
	return a
}

// create signs a new key, the first one by itself.
func (a *authority) create(template *x509.Certificate) (der []byte, key *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	signer := a.key
	if signer == nil {
		signer = key
	}
	der, err = x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, signer)
	require.NoError(a.t, err)
	return der, key
}

// sign writes NAME.pem and NAME.key for a node, and for its client port on this machine.
func (a *authority) sign(name string) {
	der, key := a.create(&x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	a.write(name+".pem", "CERTIFICATE", der)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(a.t, err)
	a.write(name+".key", "PRIVATE KEY", der)
}

func (a *authority) write(name, kind string, der []byte) {
	require.NoError(a.t, os.WriteFile(a.file(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

func TestWrongSecurityIsOneSentenceWithItsRemedyAndExit254(t *testing.T) {
	a := newAuthority(t)
	a.sign("n1")
	cert, key, ca, none := a.file("n1.pem"), a.file("n1.key"), a.file("ca.pem"), a.file("none")
	token := func(text string) string {
		path := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for _, c := range []struct {
		says string
		args []string
		want string
	}{
		{"a peer certificate alone", []string{"--peer-cert", cert}, "--peer-cert, --peer-key and --peer-ca belong together: give all three or none"},
		{"no peer CA", []string{"--peer-cert", cert, "--peer-key", key}, "--peer-cert, --peer-key and --peer-ca belong together"},
		{"no peer certificate there", []string{"--peer-cert", none, "--peer-key", key, "--peer-ca", ca}, "--peer-cert, --peer-key and --peer-ca must name PEM files that fit each other: "},
		{"a peer CA that is none", []string{"--peer-cert", cert, "--peer-key", key, "--peer-ca", key}, "holds no certificate in PEM"},
		{"a client certificate alone", []string{"--client-cert", cert}, "--client-cert and --client-key belong together: give both or none"},
		{"a client key alone", []string{"--client-key", key}, "--client-cert and --client-key belong together"},
		{"a client CA alone", []string{"--client-ca", ca}, "--client-ca works over HTTPS only: add --client-cert and --client-key"},
		{"files that do not fit", []string{"--client-cert", cert, "--client-key", ca}, "--client-cert and --client-key must name PEM files that fit each other: "},
		{"no client CA there", []string{"--client-cert", cert, "--client-key", key, "--client-ca", none}, "--client-ca cannot be read: "},
		{"a client CA that is none", []string{"--client-cert", cert, "--client-key", key, "--client-ca", key}, "which holds no certificate: give one in PEM"},
		{"no token there", []string{"--client-token-file", none}, "--client-token-file cannot be read: "},
		{"a short token", []string{"--client-token-file", token("123456789012345\n")}, "--client-token-file holds a token of 15 characters: use 16 to 1024 random ones"},
		{"a long token", []string{"--client-token-file", token(strings.Repeat("x", 1025))}, "--client-token-file holds a token of 1025 characters"},
		{"two tokens", []string{"--client-token-file", token("1234567890123456\n1234567890123456\n")}, "--client-token-file holds a token with blanks or strange characters"},
	} {
		t.Run(c.says, func(t *testing.T) {
			var stderr bytes.Buffer
			args := append([]string{"--id", "n1", "--peers", "n1=127.0.0.1:1", "--data", "/nowhere"}, c.args...)
			require.Equal(t, exitUsage, run(t.Context(), args, io.Discard, &stderr))
			sentence, _, _ := strings.Cut(stderr.String(), "\n")
			require.True(t, strings.HasPrefix(sentence, "senkei-node: --"), sentence)
			require.Contains(t, sentence, c.want)
		})
	}
}

func TestACertificateOfAnotherNodeStopsTheStart(t *testing.T) {
	a := newAuthority(t)
	a.sign("n2")
	var stderr bytes.Buffer
	require.Equal(t, exitFailed, run(t.Context(), []string{
		"--id", "n1", "--peers", "n1=127.0.0.1:1", "--peer-listen", "127.0.0.1:0", "--client-listen", "127.0.0.1:0", "--data", t.TempDir(),
		"--peer-cert", a.file("n2.pem"), "--peer-key", a.file("n2.key"), "--peer-ca", a.file("ca.pem"),
	}, io.Discard, &stderr))
	require.Contains(t, stderr.String(), `the certificate does not name server "n1": it needs the subject alternative name DNS:n1`)
}

func TestASecuredNodeServesClientsThatShowACertificateAndNoOthers(t *testing.T) {
	a := newAuthority(t)
	a.sign("n1")
	a.sign("client")
	addr := freeAddr(t)
	_, stop := start(t, []string{
		"--id", "n1", "--peers", "n1=127.0.0.1:1", "--peer-listen", "127.0.0.1:0", "--client-listen", addr, "--data", t.TempDir(),
		"--election-timeout", "50ms", "--heartbeat", "10ms",
		"--peer-cert", a.file("n1.pem"), "--peer-key", a.file("n1.key"), "--peer-ca", a.file("ca.pem"),
		"--client-cert", a.file("n1.pem"), "--client-key", a.file("n1.key"), "--client-ca", a.file("ca.pem"),
	})
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	shown, err := tls.LoadX509KeyPair(a.file("client.pem"), a.file("client.key"))
	require.NoError(t, err)
	put := func(scheme string, certificates ...tls.Certificate) (int, error) {
		client := http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: certificates}, DisableKeepAlives: true,
		}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, scheme+"://"+addr+"/kv/x", strings.NewReader("1"))
		require.NoError(t, err)
		resp, err := client.Do(req)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	require.Eventually(t, func() bool {
		status, err := put("https", shown)
		return err == nil && status == http.StatusOK
	}, 20*time.Second, 10*time.Millisecond)
	_, err = put("https")
	require.ErrorContains(t, err, "certificate required")
	status, err := put("http")
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, status, "HTTP to an HTTPS port")
	require.Zero(t, stop())
}
