package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"senkei/node/transport"
)

// security is what guards the ports.
type security struct {
	peers   *transport.Security // nil is plain TCP
	clients *tls.Config         // nil is plain HTTP
	// join is how this node speaks to the client ports of others, which are guarded like its
	// own; nil is plain HTTP.
	join  *tls.Config
	token string // empty lets every client in
}

// tokenBytesMin keeps tokens from being guessed, tokenBytesMax keeps them in a header.
const (
	tokenBytesMin = 16
	tokenBytesMax = 1 << 10
)

// security reads the certificates and the token.
func (f *flags) security() (s security, err error) {
	switch given := count(f.peerCert, f.peerKey, f.peerCA); given {
	case 0:
	case 3:
		if s.peers, err = transport.LoadSecurity(f.peerCert, f.peerKey, f.peerCA); err != nil {
			return security{}, fmt.Errorf("--peer-cert, --peer-key and --peer-ca must name PEM files that fit each other: %w", err)
		}
	default:
		return security{}, errors.New("--peer-cert, --peer-key and --peer-ca belong together: give all three or none")
	}
	if count(f.clientCert, f.clientKey) == 1 {
		return security{}, errors.New("--client-cert and --client-key belong together: give both or none")
	}
	if f.clientCA != "" && f.clientCert == "" {
		return security{}, errors.New("--client-ca works over HTTPS only: add --client-cert and --client-key")
	}
	if f.clientCert != "" {
		if err := f.secureClients(&s); err != nil {
			return security{}, err
		}
	}
	if f.clientTokenFile != "" {
		s.token, err = readToken(f.clientTokenFile)
	}
	return s, err
}

func count(values ...string) int {
	n := 0
	for _, value := range values {
		if value != "" {
			n++
		}
	}
	return n
}

// secureClients makes the client port speak HTTPS, and this node where it asks the client
// ports of others: it shows the same certificate, and trusts the CA of clients, else that of
// nodes, else those of the system.
func (f *flags) secureClients(s *security) error {
	certificate, err := tls.LoadX509KeyPair(f.clientCert, f.clientKey)
	if err != nil {
		return fmt.Errorf("--client-cert and --client-key must name PEM files that fit each other: %w", err)
	}
	s.clients = &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"},
	}
	s.join = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificate}}
	if f.clientCA != "" {
		if s.clients.ClientCAs, err = loadCA("--client-ca", f.clientCA); err != nil {
			return err
		}
		s.clients.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if ca := cmp.Or(f.clientCA, f.peerCA); ca != "" {
		s.join.RootCAs, err = loadCA("--client-ca", ca)
	}
	return err
}

func loadCA(flag, path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", flag, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s names %s, which holds no certificate: give one in PEM", flag, path)
	}
	return pool, nil
}

// readToken reads a secret from a file, since arguments can be seen by everybody on the
// machine. The end of the line does not belong to it.
func readToken(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("--client-token-file cannot be read: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if len(token) < tokenBytesMin || len(token) > tokenBytesMax {
		return "", fmt.Errorf("--client-token-file holds a token of %d characters: use %d to %d random ones, for example from openssl rand -hex 32",
			len(token), tokenBytesMin, tokenBytesMax)
	}
	// RFC 6750, section 2.1: what may follow "Bearer ".
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("--client-token-file holds a token with blanks or strange characters: use letters and digits")
	}
	return token, nil
}
