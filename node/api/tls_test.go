package api

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
)

// serveTLS serves the handler over TLS and returns its address and how to trust it.
func serveTLS(t *testing.T, h *Handler) (addr string, trust *tls.Config, server *httptest.Server) {
	server = httptest.NewUnstartedServer(nil)
	server.Config = NewServer(h, slog.New(slog.DiscardHandler))
	server.StartTLS()
	t.Cleanup(server.Close)
	trust = server.Client().Transport.(*http.Transport).TLSClientConfig
	return server.Listener.Addr().String(), trust, server
}

func TestAClientSpeaksTLSOverOneConnection(t *testing.T) {
	store := &fakeStore{result: kv.Result{Code: kv.Done, Found: true, Value: "v", Revision: 7}}
	addr, trust, server := serveTLS(t, NewHandler(store, HandlerOptions{Token: "secret"}))
	c := NewClient(addr, Options{TLS: trust, Token: "secret"})
	defer c.Close()
	var first *conn
	for i := range 5 {
		reply, err := c.Get(t.Context(), "x")
		require.NoError(t, err)
		require.Equal(t, Reply{Value: "v", Found: true, Revision: 7}, reply)
		if i == 0 {
			first = c.conn
		}
		require.True(t, c.conn.idle(), "nothing is left to read between two requests")
		require.Same(t, first, c.conn)
	}
	require.Len(t, store.asked, 5)

	server.CloseClientConnections()
	require.Eventually(t, func() bool { return !first.idle() }, 5*time.Second, time.Millisecond)
	_, err := c.Get(t.Context(), "x")
	require.NoError(t, err, "a connection that the server closed is replaced without doubt")
	require.NotSame(t, first, c.conn)
}

func TestAServerThatIsNotTrustedGetsNoRequest(t *testing.T) {
	store := &fakeStore{}
	addr, _, _ := serveTLS(t, NewHandler(store, HandlerOptions{}))
	c := NewClient(addr, Options{TLS: &tls.Config{}})
	defer c.Close()
	_, err := c.Put(t.Context(), "x", "v")
	require.Equal(t, Unsent, CodeOf(err))
	require.True(t, Definite(err))
	require.Empty(t, store.asked)
}

func TestAWrongTokenIsRefusedForCertain(t *testing.T) {
	store := &fakeStore{}
	addr, trust, _ := serveTLS(t, NewHandler(store, HandlerOptions{Token: "secret"}))
	for _, token := range []string{"", "wrong"} {
		c := NewClient(addr, Options{TLS: trust, Token: token, Retries: 3})
		_, err := c.Put(t.Context(), "x", "v")
		require.Equal(t, Unauthorized, CodeOf(err))
		require.True(t, Definite(err))
		require.NoError(t, c.Close())
	}
	require.Empty(t, store.asked)
}
