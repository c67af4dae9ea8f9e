package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/certtest"
)

func TestWrongSecurityIsOneSentenceWithItsRemedyAndExit254(t *testing.T) {
	a := certtest.New(t)
	a.SignNode("n1")
	cert, key, ca, none := a.File("n1.pem"), a.File("n1.key"), a.File("ca.pem"), a.File("none")
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
	a := certtest.New(t)
	a.SignNode("n2")
	var stderr bytes.Buffer
	require.Equal(t, exitFailed, run(t.Context(), []string{
		"--id", "n1", "--peers", "n1=127.0.0.1:1", "--peer-listen", "127.0.0.1:0", "--client-listen", "127.0.0.1:0", "--data", t.TempDir(),
		"--peer-cert", a.File("n2.pem"), "--peer-key", a.File("n2.key"), "--peer-ca", a.File("ca.pem"),
	}, io.Discard, &stderr))
	require.Contains(t, stderr.String(), `the certificate does not name server "n1": it needs the subject alternative name DNS:n1`)
}

func TestASecuredNodeServesClientsThatShowACertificateAndNoOthers(t *testing.T) {
	a := certtest.New(t)
	a.SignNode("n1")
	a.SignNode("client")
	addr := freeAddr(t)
	_, stop := start(t, []string{
		"--id", "n1", "--peers", "n1=127.0.0.1:1", "--peer-listen", "127.0.0.1:0", "--client-listen", addr, "--data", t.TempDir(),
		"--election-timeout", "50ms", "--heartbeat", "10ms",
		"--peer-cert", a.File("n1.pem"), "--peer-key", a.File("n1.key"), "--peer-ca", a.File("ca.pem"),
		"--client-cert", a.File("n1.pem"), "--client-key", a.File("n1.key"), "--client-ca", a.File("ca.pem"),
	})
	shown, err := tls.LoadX509KeyPair(a.File("client.pem"), a.File("client.key"))
	require.NoError(t, err)
	put := func(scheme string, certificates ...tls.Certificate) (int, error) {
		client := http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: a.Pool(), Certificates: certificates}, DisableKeepAlives: true,
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
