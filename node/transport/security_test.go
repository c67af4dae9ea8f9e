package transport

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/certtest"
	"senkei/node/limits"
	"senkei/node/raft"
)

// security is that of the server with this ID.
func security(a *certtest.Authority, id raft.ID) *Security {
	return &Security{Certificate: a.Sign(nil, string(id)), CAs: a.Pool()}
}

// startSecured starts a transport that speaks TLS.
func startSecured(t *testing.T, a *certtest.Authority, id raft.ID, listener net.Listener, peers map[raft.ID]string) *node {
	return startAs(t, listener, Config{ID: id, Peers: peers, Security: security(a, id)})
}

func TestFramesTravelOverTLSAndEndsAreNoticed(t *testing.T) {
	a := certtest.New(t)
	l1, l2 := reserve(t), reserve(t)
	peers := map[raft.ID]string{"n1": l1.Addr().String(), "n2": l2.Addr().String()}
	n1, n2 := startSecured(t, a, "n1", l1, peers).end(t), startSecured(t, a, "n2", l2, peers)
	for range 2 {
		reach(t, n1, n2)
		reach(t, n2, n1)
		const count = 500
		for i := range count {
			n1.Send("n2", fmt.Appendf(nil, "%d", i))
		}
		large := strings.Repeat("x", limits.FrameBytesMax)
		n1.Send("n2", []byte(large))
		for i := range count {
			require.Equal(t, fmt.Sprintf("n1: %d", i), n2.next(t))
		}
		require.Equal(t, "n1: "+large, n2.next(t))

		require.NoError(t, n2.Close())
		eventually(t, "the end is noticed", func() bool {
			return strings.Contains(n1.log.String(), "the peer closed the connection")
		})
		again, err := net.Listen("tcp", peers["n2"])
		require.NoError(t, err)
		n2 = startSecured(t, a, "n2", again, peers)
	}
	require.NoError(t, n2.Close())
}

func TestAStrangerIsAnsweredOverTLS(t *testing.T) {
	a := certtest.New(t)
	n2 := startSecured(t, a, "n2", reserve(t), nil).end(t)
	n1 := startSecured(t, a, "n1", reserve(t), map[raft.ID]string{"n2": n2.Addr().String()}).end(t)
	reach(t, n1, n2)
	n2.Send("n1", []byte("answer"))
	require.Equal(t, "n2: answer", n1.next(t))
}

// dialSecured shows a certificate and says hello; what comes of it, the node decides.
func dialSecured(t *testing.T, n *node, s *Security, h hello) net.Conn {
	h.To = n.cfg.ID
	data, err := encodeHello(h)
	require.NoError(t, err)
	conn, err := tls.Dial("tcp", n.Addr().String(), s.dialling(n.cfg.ID))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = conn.Write(append(frame(data), frame([]byte("hi"))...))
	require.NoError(t, err)
	return conn
}

// requireRefused waits for a refusal in the log of a node, which must have delivered
// nothing.
func requireRefused(t *testing.T, n *node, reason string) {
	t.Helper()
	eventually(t, "a refusal: "+reason, func() bool {
		lines := linesWith(n.log.String(), "refused a connection")
		return len(lines) > 0 && strings.Contains(lines[len(lines)-1], reason)
	})
	require.Empty(t, n.frames)
}

func TestNobodySpeaksForAnother(t *testing.T) {
	a := certtest.New(t)
	n1 := startSecured(t, a, "n1", reserve(t), map[raft.ID]string{"n2": nobody}).end(t)
	for _, names := range [][]string{{"n3"}, {"N2"}, {"*"}, nil} {
		requireEnd(t, dialSecured(t, n1, &Security{Certificate: a.Sign(nil, names...), CAs: a.Pool()}, hello{From: "n2"}))
		requireRefused(t, n1, `the certificate does not name server \"n2\"`)
	}
	dialSecured(t, n1, security(a, "n2"), hello{From: "n2"})
	require.Equal(t, "n2: hi", n1.next(t))
}

func TestNobodyListensForAnother(t *testing.T) {
	a := certtest.New(t)
	n3 := startSecured(t, a, "n3", reserve(t), nil).end(t)
	n1 := startSecured(t, a, "n1", reserve(t), map[raft.ID]string{"n2": n3.Addr().String()}).end(t)
	eventually(t, "n1 does not take n3 for n2", func() bool {
		return strings.Contains(n1.log.String(), "certificate is valid for n3, not n2")
	})
	requireRefused(t, n3, "agree on TLS: remote error: tls: bad certificate")
}

func TestAnotherCAIsRefusedOnBothEnds(t *testing.T) {
	n2 := startSecured(t, certtest.New(t), "n2", reserve(t), nil).end(t)
	n1 := startSecured(t, certtest.New(t), "n1", reserve(t), map[raft.ID]string{"n2": n2.Addr().String()}).end(t)
	eventually(t, "the dialler refuses", func() bool {
		return strings.Contains(n1.log.String(), "certificate signed by unknown authority")
	})

	ours, theirs := certtest.New(t), certtest.New(t)
	n3 := startSecured(t, ours, "n3", reserve(t), nil).end(t)
	requireEnd(t, dialSecured(t, n3, &Security{Certificate: theirs.Sign(nil, "n1"), CAs: ours.Pool()}, hello{From: "n1"}))
	requireRefused(t, n3, "certificate signed by unknown authority")
}

func TestPlainAndSecuredServersRefuseEachOther(t *testing.T) {
	a := certtest.New(t)
	secured := startSecured(t, a, "n1", reserve(t), nil).end(t)
	plain := start(t, "n2", reserve(t), map[raft.ID]string{"n1": secured.Addr().String()}).end(t)
	requireRefused(t, secured, "agree on TLS: tls: first record does not look like a TLS handshake")

	secured.SetPeers(map[raft.ID]string{"n2": plain.Addr().String()})
	requireRefused(t, plain, "read handshake: frame too long")
	eventually(t, "the dialler says so", func() bool { return strings.Contains(secured.log.String(), "no connection to peer") })
}

func TestACertificateThatOthersWouldRefuseIsRefusedAtTheStart(t *testing.T) {
	a := certtest.New(t)
	only := func(usage x509.ExtKeyUsage) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{usage} }
	}
	for want, s := range map[string]*Security{
		"needs a certificate and a CA":                   {},
		"it needs the subject alternative name DNS:n1":   security(a, "n2"),
		"certificate signed by unknown authority":        {Certificate: a.Sign(nil, "n1"), CAs: certtest.New(t).Pool()},
		"certificate specifies an incompatible key usag": {Certificate: a.Sign(only(x509.ExtKeyUsageServerAuth), "n1"), CAs: a.Pool()},
		"certificate specifies an incompatible key usa":  {Certificate: a.Sign(only(x509.ExtKeyUsageClientAuth), "n1"), CAs: a.Pool()},
		"certificate has expired":                        {Certificate: a.Sign(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }, "n1"), CAs: a.Pool()},
		"the certificate for other servers cannot be":    {Certificate: tls.Certificate{Certificate: [][]byte{{1}}}, CAs: a.Pool()},
	} {
		_, err := Listen("127.0.0.1:0", Config{ID: "n1", Security: s, Deliver: func(raft.ID, []byte) {}})
		require.ErrorContains(t, err, want)
	}
}

func TestSecurityIsLoadedFromPEMFiles(t *testing.T) {
	a := certtest.New(t)
	a.WriteCertificate("n1", a.Sign(nil, "n1"))
	certFile, keyFile, caFile := a.File("n1.pem"), a.File("n1.key"), a.File("ca.pem")

	s, err := LoadSecurity(certFile, keyFile, caFile)
	require.NoError(t, err)
	require.NoError(t, s.check("n1"))
	_, err = LoadSecurity(certFile, caFile, caFile)
	require.ErrorContains(t, err, "load the certificate for other servers: ")
	_, err = LoadSecurity(certFile, keyFile, a.File("none"))
	require.ErrorContains(t, err, "load the CA of the servers: ")
	_, err = LoadSecurity(certFile, keyFile, keyFile)
	require.ErrorContains(t, err, keyFile+" holds no certificate in PEM")
}
