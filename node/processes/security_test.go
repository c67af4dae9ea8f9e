package processes

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/api"
	"senkei/node/certtest"
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

// authority also hands out the token of clients, in a file.
type authority struct{ *certtest.Authority }

// secure gives a node a certificate for the name, and those who ask it what they need.
func (a *authority) secure(n *node, name raft.ID) {
	a.SignNode(string(name))
	cert, key := a.File(string(name)+".pem"), a.File(string(name)+".key")
	n.args = append(n.args, "--peer-cert", cert, "--peer-key", key, "--peer-ca", a.File("ca.pem"),
		"--client-cert", cert, "--client-key", key, "--client-token-file", a.File("token"))
	n.access = api.Options{TLS: a.trusted(), Token: token}
}

func newAuthority(t *testing.T) *authority {
	a := &authority{certtest.New(t)}
	a.Write("token", []byte(token))
	return a
}

// trusted is how a client speaks to nodes with certificates of this authority.
func (a *authority) trusted() *tls.Config {
	return &tls.Config{RootCAs: a.Pool()}
}
