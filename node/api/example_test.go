package api_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"sync"

	"senkei/node/api"
	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
)

// single is a node without a cluster: it applies every command at once.
type single struct {
	mu    sync.Mutex
	state *kv.Store
}

func (s *single) Do(_ context.Context, r replica.Request) replica.Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Read != nil {
		return replica.Reply{Result: s.state.Read(r.Read.Query)}
	}
	result, _ := s.state.Apply(s.state.Applied()+1, &r.Command)
	if result.Code == kv.NotNumber {
		return replica.Reply{Result: result, Err: &replica.Error{Code: replica.NotNumber, Definite: true}}
	}
	return replica.Reply{Result: result}
}

func (s *single) Status() (replica.Status, bool) { return replica.Status{}, true }

func (s *single) ClientAddr(raft.ID) string { return "" }

// serve starts a node and returns a client for it, and what ends both.
func serve() (client *api.Client, end func()) {
	handler := api.NewHandler(&single{state: kv.New(limits.SessionsMax)}, api.HandlerOptions{Token: "secret"})
	server := httptest.NewUnstartedServer(nil)
	server.Config = api.NewServer(handler, slog.New(slog.DiscardHandler))
	server.Start()
	client = api.NewClient(server.Listener.Addr().String(), api.Options{Token: "secret", Retries: 3})
	return client, func() {
		_ = client.Close() // every answer has arrived
		server.Close()
	}
}

func ExampleClient() {
	client, end := serve()
	defer end()
	ctx := context.Background()

	put, err := client.Put(ctx, "greeting", "hello")
	fmt.Println("put:", put.Revision, err)
	got, err := client.Get(ctx, "greeting")
	fmt.Println("get:", got.Value, got.Revision, err)

	expected := "good morning"
	swap, err := client.CompareAndSet(ctx, "greeting", &expected, "good evening")
	fmt.Println("swapped:", swap.Swapped, "because it holds", swap.Value, err)

	_, err = client.Increment(ctx, "greeting", 1)
	fmt.Println(api.CodeOf(err), api.Definite(err))
	// Output:
	// put: 1 <nil>
	// get: hello 1 <nil>
	// swapped: false because it holds hello <nil>
	// not_number true
}

func ExampleClient_Txn() {
	client, end := serve()
	defer end()
	ctx := context.Background()

	// Move money if there is enough of it, and look at what there is if not.
	_, _ = client.Put(ctx, "account/alice", "50")
	for range 2 {
		alice, _ := client.Get(ctx, "account/alice")
		reply, err := client.Txn(ctx,
			api.If(api.RevisionIs("account/alice", alice.Revision), api.ValueIs("account/alice", "50")).
				Then(api.Increment("account/alice", -30), api.Increment("account/bob", 30)).
				Else(api.Range(api.Prefix("account/"))))
		fmt.Println(reply.Succeeded, err)
		for _, result := range reply.Results {
			fmt.Println(" ", result.Value, result.Items)
		}
	}
	// Output:
	// true <nil>
	//   20 []
	//   30 []
	// false <nil>
	//    [{account/alice 20 2} {account/bob 30 2}]
}

func ExampleClient_Range() {
	client, end := serve()
	defer end()
	ctx := context.Background()

	for _, key := range []string{"a/1", "a/2", "a/3", "b"} {
		_, _ = client.Put(ctx, key, "v")
	}
	q := api.Prefix("a/")
	q.Limit = 2
	for {
		page, err := client.Range(ctx, q)
		if err != nil {
			panic(err)
		}
		for _, item := range page.Items {
			fmt.Print(item.Key, " ")
		}
		fmt.Println("more:", page.More)
		if !page.More {
			break
		}
		q = page.Next(q)
	}
	// Output:
	// a/1 a/2 more: true
	// a/3 more: false
}
