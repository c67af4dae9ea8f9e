// Package certtest signs certificates for the tests of whatever speaks TLS. Nothing but tests
// imports it. Start at New.
package certtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Authority signs certificates that are good for an hour, and keeps files in a directory that
// goes with the test.
type Authority struct {
	t           *testing.T
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// New returns an authority of its own and writes its certificate to ca.pem.
func New(t *testing.T) *Authority {
	a := &Authority{t: t, dir: t.TempDir(), certificate: lasting(&x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})}
	der, key := a.create(a.certificate)
	var err error
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.key = key
	a.writePEM("ca.pem", "CERTIFICATE", der)
	return a
}

func lasting(c *x509.Certificate) *x509.Certificate {
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	return c
}

// create signs a new key, the first one by itself.
func (a *Authority) create(template *x509.Certificate) (der []byte, key *ecdsa.PrivateKey) {
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

// Pool trusts this authority and nobody else.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// Sign returns a certificate with these DNS names for both ends of a connection, after change,
// which may be nil, has had its way with it.
func (a *Authority) Sign(change func(*x509.Certificate), names ...string) tls.Certificate {
	template := lasting(&x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: names,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	if change != nil {
		change(template)
	}
	der, key := a.create(template)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// SignNode writes NAME.pem and NAME.key for a node and its client port on this machine.
func (a *Authority) SignNode(name string) {
	a.WriteCertificate(name, a.Sign(func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} }, name))
}

// WriteCertificate writes NAME.pem and NAME.key.
func (a *Authority) WriteCertificate(name string, c tls.Certificate) {
	a.writePEM(name+".pem", "CERTIFICATE", c.Certificate[0])
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	require.NoError(a.t, err)
	a.writePEM(name+".key", "PRIVATE KEY", der)
}

func (a *Authority) writePEM(name, kind string, der []byte) {
	a.Write(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// Write writes a file that only its owner can read.
func (a *Authority) Write(name string, data []byte) {
	require.NoError(a.t, os.WriteFile(a.File(name), data, 0o600))
}

// File is the path of a file of this authority.
func (a *Authority) File(name string) string { return filepath.Join(a.dir, name) }
