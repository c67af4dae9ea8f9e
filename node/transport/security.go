package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"

	"senkei/node/raft"
)

// Security makes the connections between servers mutual TLS 1.3. Each server's certificate
// names its ID as a DNS name, and nobody can speak for a server that its certificate does
// not name. Certificates are read once; a server is restarted to renew its own.
type Security struct {
	Certificate tls.Certificate // good for both ends of a connection
	CAs         *x509.CertPool  // who may have signed the certificate of a server
}

// LoadSecurity reads PEM files: the certificate of this server, followed by those between
// it and the CA if there are any, its key, and the certificates of the CA.
func LoadSecurity(certFile, keyFile, caFile string) (*Security, error) {
	certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("load the certificate for other servers: %w", err)
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("load the CA of the servers: %w", err)
	}
	cas := x509.NewCertPool()
	if !cas.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("load the CA of the servers: %s holds no certificate in PEM", caFile)
	}
	return &Security{Certificate: certificate, CAs: cas}, nil
}

// check says why other servers would not take the certificate as that of server id.
func (s *Security) check(id raft.ID) error {
	if len(s.Certificate.Certificate) == 0 || s.CAs == nil {
		return errors.New("TLS between servers needs a certificate and a CA")
	}
	chain := make([]*x509.Certificate, len(s.Certificate.Certificate))
	between := x509.NewCertPool()
	for i, der := range s.Certificate.Certificate {
		var err error
		if chain[i], err = x509.ParseCertificate(der); err != nil {
			return fmt.Errorf("the certificate for other servers cannot be read: %w", err)
		}
		between.AddCert(chain[i])
	}
	if err := requireName(chain, id); err != nil {
		return err
	}
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		_, err := chain[0].Verify(x509.VerifyOptions{
			DNSName: string(id), Roots: s.CAs, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{usage},
		})
		if err != nil {
			return fmt.Errorf("other servers would not trust the certificate: %w", err)
		}
	}
	return nil
}

// requireName takes a chain only if its first certificate names the server, letter by
// letter: the rules for host names ignore case and know wildcards, but IDs do not.
func requireName(chain []*x509.Certificate, id raft.ID) error {
	if len(chain) == 0 || !slices.Contains(chain[0].DNSNames, string(id)) {
		return fmt.Errorf("the certificate does not name server %q: it needs the subject alternative name DNS:%s", id, id)
	}
	return nil
}

// accepting configures TLS with servers that dial this one. Which of them the other end
// is follows from its handshake.
func (s *Security) accepting() *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{s.Certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    s.CAs,
		// Whoever accepts never writes; nor does it resume what a CA may have ended since.
		SessionTicketsDisabled: true,
	}
}

// dialling configures TLS with the server that this one dials.
func (s *Security) dialling(to raft.ID) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		// It is shown whether or not the other end knows its CA, so that the other end can
		// say what is wrong.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &s.Certificate, nil },
		RootCAs:              s.CAs,
		ServerName:           string(to),
		VerifyConnection:     func(c tls.ConnectionState) error { return requireName(c.PeerCertificates, to) },
		// Small records serve browsers; servers wait for whole frames.
		DynamicRecordSizingDisabled: true,
	}
}
