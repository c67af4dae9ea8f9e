package api

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// constantStore answers everything alike, at no cost.
type constantStore struct{ result kv.Result }

func (s constantStore) Do(context.Context, replica.Request) replica.Reply {
	return replica.Reply{Result: s.result}
}

func (s constantStore) Status() (replica.Status, bool) { return replica.Status{}, true }

func (s constantStore) ClientAddr(raft.ID) string { return "" }

func serveConstant(b *testing.B) (addr string) {
	store := constantStore{kv.Result{Code: kv.Done, Found: true, Value: "value", Revision: 7}}
	server := httptest.NewUnstartedServer(nil)
	server.Config = NewServer(NewHandler(store, HandlerOptions{}), slog.New(slog.DiscardHandler))
	server.Start()
	b.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// BenchmarkClient measures one operation with the client, both sides together.
func BenchmarkClient(b *testing.B) {
	c := NewClient(serveConstant(b), Options{})
	defer c.Close()
	for name, operate := range map[string]func() error{
		"get": func() error { _, err := c.Get(b.Context(), "key"); return err },
		"put": func() error { _, err := c.Put(b.Context(), "key", "value"); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, operate())
			}
		})
	}
}

// BenchmarkServer measures what one operation costs the server alone: the client sends and
// reads bytes that are always the same.
func BenchmarkServer(b *testing.B) {
	for name, request := range map[string]string{
		"get": "GET /kv/key?forward=true HTTP/1.1\r\nHost: n1\r\n\r\n",
		"put": "PUT /kv/key?forward=true HTTP/1.1\r\nHost: n1\r\nSenkei-Client: c\r\nSenkei-Seq: 1\r\nContent-Length: 5\r\n\r\nvalue",
	} {
		b.Run(name, func(b *testing.B) {
			c, err := net.Dial("tcp", serveConstant(b))
			require.NoError(b, err)
			defer c.Close()
			answer := make([]byte, 4096)
			_, err = fmt.Fprint(c, request)
			require.NoError(b, err)
			n, err := c.Read(answer)
			require.NoError(b, err)
			require.Contains(b, string(answer[:n]), http.StatusText(http.StatusOK))
			b.ReportAllocs()
			for b.Loop() {
				_, err := io.WriteString(c, request)
				if err == nil {
					_, err = io.ReadFull(c, answer[:n])
				}
				require.NoError(b, err)
			}
		})
	}
}
