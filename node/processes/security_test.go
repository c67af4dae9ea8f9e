package processes

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/api"
	"senkei/node/raft"
)

func TestAClusterWithTLSAndATokenServesOnlyWhomItKnows(t *testing.T) {
	a := newAuthority(t)
	c := newCluster(t, 3)
	for _, n := range c.nodes {
		a.secure(n, n.id)
	}
	c.start()
	newcomer := c.add("--join", c.nodes[0].client)
	a.secure(newcomer, newcomer.id)
	newcomer.start()
	c.awaitVoters(c.nodes...)

	_, err := c.nodes[0].open(writerRetries).Put(t.Context(), "x", "1")
	require.NoError(t, err)
	for _, n := range c.nodes {
		reply, err := n.open(writerRetries).Get(t.Context(), "x")
		require.NoError(t, err)
		require.Equal(t, "1", reply.Value)

		for _, stranger := range []struct {
			says   string
			access api.Options
			code   api.Code
			want   string
		}{
			{"no token", api.Options{TLS: a.trusted()}, api.Unauthorized, "token"},
			{"another token", api.Options{TLS: a.trusted(), Token: "another"}, api.Unauthorized, "token"},
			{"another CA", api.Options{TLS: newAuthority(t).trusted(), Token: token}, api.Unsent, "certificate signed by unknown authority"},
		} {
			client := api.NewClient(n.client, stranger.access)
			_, err := client.Put(t.Context(), "x", "2")
			require.NoError(t, client.Close())
			require.Equal(t, stranger.code, api.CodeOf(err), stranger.says)
			require.True(t, api.Definite(err), stranger.says)
			require.ErrorContains(t, err, stranger.want, stranger.says)
		}
	}
	reply, err := newcomer.open(writerRetries).Get(t.Context(), "x")
	require.NoError(t, err)
	require.Equal(t, "1", reply.Value)
}

func TestANodeThatCannotProveItsNameIsNotHeard(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	for _, impostor := range []struct {
		says string
		id   raft.ID
		by   *authority
		want string // in the log of the others
	}{
		{"a certificate for another name", "n9", a, "certificate is valid for n9, not n3"},
		{"a certificate of another CA", "n3", other, "certificate signed by unknown authority"},
	} {
		t.Run(impostor.says, func(t *testing.T) {
			c := newCluster(t, 3)
			for _, n := range c.nodes {
				a.secure(n, n.id)
			}
			honest := c.nodes[2]
			c.nodes = c.nodes[:2]

			// It listens where the others dial n3, and is there before they are.
			liar := newNode(t, impostor.id, t.TempDir())
			liar.peer, liar.args = honest.peer, []string{"--join", honest.client}
			impostor.by.secure(liar, liar.id)
			liar.start()
			await(t, func() error {
				_, err := liar.status()
				return err
			})
			c.start()
			for _, n := range c.nodes {
				await(t, func() error {
					if !strings.Contains(n.said(), impostor.want) {
						return fmt.Errorf("%s has not said %q", n.id, impostor.want)
					}
					return nil
				})
			}
			_, err := c.nodes[0].open(writerRetries).Put(t.Context(), "x", "1")
			require.NoError(t, err)
			s, err := liar.status()
			require.NoError(t, err)
			require.Equal(t, raft.None, s.Leader)
			require.Zero(t, s.LastIndex, "it has heard nothing")
			liar.stop()

			c.nodes = append(c.nodes, honest)
			c.start()
		})
	}
}

func TestANodeDoesNotStartWithTheCertificateOfAnother(t *testing.T) {
	a := newAuthority(t)
	n := newCluster(t, 1).nodes[0]
	a.secure(n, "n2")
	n.start()
	require.Equal(t, 1, n.exitCode())
	require.Contains(t, n.said(), `the certificate does not name server "n1": it needs the subject alternative name DNS:n1`)
}

const token = "a-token-that-nobody-guesses"

// secure gives a node a certificate for the name, and those who ask it what they need.
func (a *authority) secure(n *node, name raft.ID) {
	a.sign(string(name))
	cert, key := a.file(string(name)+".pem"), a.file(string(name)+".key")
	n.args = append(n.args, "--peer-cert", cert, "--peer-key", key, "--peer-ca", a.file("ca.pem"),
		"--client-cert", cert, "--client-key", key, "--client-token-file", a.file("token"))
	n.access = api.Options{TLS: a.trusted(), Token: token}
}

// trusted is how a client speaks to nodes with certificates of this authority.
func (a *authority) trusted() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return &tls.Config{RootCAs: pool}
}

// authority signs certificates and writes them as files.
type authority struct {
	t           *testing.T
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newAuthority writes ca.pem, and the token.
func newAuthority(t *testing.T) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a := &authority{t: t, dir: t.TempDir(), key: key, certificate: &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	der, err := x509.CreateCertificate(rand.Reader, a.certificate, a.certificate, &key.PublicKey, key)
	require.NoError(t, err)
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.write("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	a.write("token", []byte(token))
	return a
}

// sign writes NAME.pem and NAME.key for a node and its client port on this machine.
func (a *authority) sign(name string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.certificate, &key.PublicKey, a.key)
	require.NoError(a.t, err)
	a.write(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	der, err = x509.MarshalPKCS8PrivateKey(key)
	require.NoError(a.t, err)
	a.write(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (a *authority) write(name string, data []byte) {
	require.NoError(a.t, os.WriteFile(a.file(name), data, 0o600))
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }
