package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
)

// fakeStore answers every request alike and remembers them.
type fakeStore struct {
	result  kv.Result
	reply   replica.Reply // where result is zero
	failure *replica.Error
	status  replica.Status
	stopped bool
	asked   []replica.Request
}

func (s *fakeStore) Do(_ context.Context, r replica.Request) replica.Reply {
	s.asked = append(s.asked, r)
	reply := s.reply
	if s.failure != nil || reply.Result.Code == 0 {
		reply.Result, reply.Err = s.result, s.failure
	}
	return reply
}

func (s *fakeStore) Status() (replica.Status, bool) { return s.status, !s.stopped }

func (s *fakeStore) ClientAddr(id raft.ID) string {
	return map[raft.ID]string{"n2": "10.0.0.2:8080"}[id]
}

func ask(store *fakeStore, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("metrics")) })
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	NewHandler(store, HandlerOptions{Metrics: metrics}).ServeHTTP(w, r)
	return w
}

func TestAnOperationReachesTheStoreAsItWasAsked(t *testing.T) {
	for _, c := range []struct {
		says, method, target, body string
		headers                    []string
		want                       replica.Request
	}{
		{"a read", "GET", "/kv/x", "", nil, replica.Request{Read: &replica.Read{Query: kv.Query{Key: "x"}}}},
		{"a read that says what is the default", "GET", "/kv/x?consistency=linearizable&forward=false", "", nil,
			replica.Request{Read: &replica.Read{Query: kv.Query{Key: "x"}}}},
		{"a stale read", "GET", "/kv/x?consistency=stale", "", nil, replica.Request{Read: &replica.Read{Query: kv.Query{Key: "x"}, Consistency: replica.Stale}}},
		{"a key with a slash", "GET", "/kv/a%2Fb%20c", "", nil, replica.Request{Read: &replica.Read{Query: kv.Query{Key: "a/b c"}}}},
		{"a key of dots", "GET", "/kv/%2E%2E", "", nil, replica.Request{Read: &replica.Read{Query: kv.Query{Key: ".."}}}},
		{"a forwarded write", "PUT", "/kv/x?forward=true", "v\n", nil,
			replica.Request{Command: kv.Command{Op: kv.Put, Key: "x", Value: "v\n"}, Forward: true}},
		{"a write in a session", "PUT", "/kv/x", "v", []string{"Senkei-Client", "c", "Senkei-Seq", "7"},
			replica.Request{Command: kv.Command{Op: kv.Put, Key: "x", Value: "v", Client: "c", Seq: 7}}},
		{"a deletion", "DELETE", "/kv/x", "", nil, replica.Request{Command: kv.Command{Op: kv.Delete, Key: "x"}}},
		{"an append", "POST", "/kv/x/append", "v", nil, replica.Request{Command: kv.Command{Op: kv.Append, Key: "x", Value: "v"}}},
		{"a swap", "POST", "/kv/x/cas", `{"expect":"é\n","value":""}`, nil,
			replica.Request{Command: kv.Command{Op: kv.CompareAndSet, Key: "x", Expect: "é\n"}}},
		{"a swap of nothing", "POST", "/kv/x/cas", "{\"expect\":null,\"value\":\"v\"}\n", nil,
			replica.Request{Command: kv.Command{Op: kv.CompareAndSet, Key: "x", ExpectAbsent: true, Value: "v"}}},
		{"a lease read", "GET", "/kv/x?consistency=lease", "", nil,
			replica.Request{Read: &replica.Read{Query: kv.Query{Key: "x"}, Consistency: replica.Lease}}},
		{"an increment", "POST", "/kv/x/increment", `{"by":-5}`, nil, replica.Request{Command: kv.Command{Op: kv.Increment, Key: "x", Delta: -5}}},
		{"an increment by one", "POST", "/kv/x/increment", "", nil, replica.Request{Command: kv.Command{Op: kv.Increment, Key: "x", Delta: 1}}},
		{"everything", "GET", "/kv", "", nil, replica.Request{Read: &replica.Read{Query: kv.Query{Range: true}}}},
		{"a prefix", "GET", "/kv?prefix=a%26&limit=5&forward=true", "", nil,
			replica.Request{Read: &replica.Read{Query: kv.Query{Range: true, Key: "a&", End: "a'", Limit: 5}}, Forward: true}},
		{"a range", "GET", "/kv?from=a&to=b&consistency=stale", "", nil,
			replica.Request{Read: &replica.Read{Query: kv.Query{Range: true, Key: "a", End: "b"}, Consistency: replica.Stale}}},
		{"a transaction in a session", "POST", "/txn?forward=true", everyTxnJSON, []string{"Senkei-Client", "c", "Senkei-Seq", "7"},
			replica.Request{Command: kv.Command{Op: kv.Transact, Client: "c", Seq: 7, Txn: everyTxn}, Forward: true}},
		{"a new member", "POST", "/members?forward=true", `{"id":"n4","address":"host:7004"}`, nil,
			replica.Request{Change: &raft.Change{Kind: raft.AddServer, Server: raft.Server{ID: "n4", Addr: "host:7004"}}, Forward: true}},
		{"a new member with an IPv6 address", "POST", "/members", `{"id":"N_4.x-y","address":"[::1]:1"}`, nil,
			replica.Request{Change: &raft.Change{Kind: raft.AddServer, Server: raft.Server{ID: "N_4.x-y", Addr: "[::1]:1"}}}},
		{"a member to remove", "DELETE", "/members/%2E", "", nil,
			replica.Request{Change: &raft.Change{Kind: raft.RemoveServer, Server: raft.Server{ID: "."}}}},
		{"another leader", "POST", "/leader", `{"to":"n2"}`, nil, replica.Request{Transfer: &replica.Transfer{To: "n2"}}},
		{"any other leader", "POST", "/leader", "", nil, replica.Request{Transfer: &replica.Transfer{}}},
	} {
		t.Run(c.says, func(t *testing.T) {
			store := &fakeStore{result: kv.Result{Code: kv.Done, Found: true}}
			w := ask(store, c.method, c.target, c.body, c.headers...)
			require.Equal(t, http.StatusOK, w.Code, w.Body)
			require.Equal(t, []replica.Request{c.want}, store.asked)
		})
	}
}

func TestARequestThatMakesNoSenseIsRefusedAndNotAsked(t *testing.T) {
	for _, c := range []struct {
		says, method, target, body string
		headers                    []string
		status                     int
		code                       Code
	}{
		{"an empty key", "GET", "/kv/", "", nil, 400, replica.Invalid},
		{"a key that is too long", "PUT", "/kv/" + strings.Repeat("k", limits.KeyBytesMax+1), "v", nil, 400, replica.Invalid},
		{"a key that is no text", "GET", "/kv/%ff", "", nil, 400, replica.Invalid},
		{"a value that is no text", "PUT", "/kv/x", "\xff", nil, 400, replica.Invalid},
		{"a value that is too long", "PUT", "/kv/x", strings.Repeat("v", limits.ValueBytesMax+1), nil, 413, replica.TooLarge},
		{"a slash after the key", "GET", "/kv/x/", "", nil, 404, UnknownPath},
		{"an unknown action", "POST", "/kv/x/incr", "", nil, 404, UnknownPath},
		{"an unknown path", "GET", "/keys", "", nil, 404, UnknownPath},
		{"a key that is posted to", "POST", "/kv/x", "v", nil, 405, UnknownMethod},
		{"a swap that is read", "GET", "/kv/x/cas", "", nil, 405, UnknownMethod},
		{"a status that is written", "PUT", "/status", "", nil, 405, UnknownMethod},
		{"a consistency that does not exist", "GET", "/kv/x?consistency=strong", "", nil, 400, replica.Invalid},
		{"a misspelt parameter", "GET", "/kv/x?consistancy=stale", "", nil, 400, replica.Invalid},
		{"a query that is not escaped", "GET", "/kv/x?%zz", "", nil, 400, replica.Invalid},
		{"a stale write", "PUT", "/kv/x?consistency=stale", "v", nil, 400, replica.Invalid},
		{"neither true nor false", "PUT", "/kv/x?forward=1", "v", nil, 400, replica.Invalid},
		{"a session without a number", "PUT", "/kv/x", "v", []string{"Senkei-Client", "c"}, 400, replica.Invalid},
		{"a number that is none", "PUT", "/kv/x", "v", []string{"Senkei-Client", "c", "Senkei-Seq", "-1"}, 400, replica.Invalid},
		{"a swap without a body", "POST", "/kv/x/cas", "", nil, 400, replica.Invalid},
		{"a swap that expects nothing in particular", "POST", "/kv/x/cas", `{"value":"v"}`, nil, 400, replica.Invalid},
		{"a swap without a value", "POST", "/kv/x/cas", `{"expect":"v"}`, nil, 400, replica.Invalid},
		{"a swap with numbers", "POST", "/kv/x/cas", `{"expect":1,"value":"v"}`, nil, 400, replica.Invalid},
		{"a swap with more than it needs", "POST", "/kv/x/cas", `{"expect":"1","value":"v","ttl":3}`, nil, 400, replica.Invalid},
		{"two swaps at once", "POST", "/kv/x/cas", `{"expect":"1","value":"v"}{}`, nil, 400, replica.Invalid},
		{"a swap that is no text", "POST", "/kv/x/cas", "{\"expect\":\"\xff\",\"value\":\"v\"}", nil, 400, replica.Invalid},
		{"a consistency of a write", "PUT", "/kv/x?consistency=linearizable", "v", nil, 400, replica.Invalid},
		{"a prefix of one key", "GET", "/kv/x?prefix=a", "", nil, 400, replica.Invalid},
		{"an increment that is read", "GET", "/kv/x/increment", "", nil, 405, UnknownMethod},
		{"an increment of no number", "POST", "/kv/x/increment", `{"by":1.5}`, nil, 400, replica.Invalid},
		{"an increment out of range", "POST", "/kv/x/increment", `{"by":9223372036854775808}`, nil, 400, replica.Invalid},
		{"an increment of something else", "POST", "/kv/x/increment", `{"add":1}`, nil, 400, replica.Invalid},
		{"a range that is written", "PUT", "/kv", "v", nil, 405, UnknownMethod},
		{"a prefix and more", "GET", "/kv?prefix=a&to=b", "", nil, 400, replica.Invalid},
		{"a range that ends before it begins", "GET", "/kv?from=b&to=a", "", nil, 400, replica.Invalid},
		{"a prefix that is no text", "GET", "/kv?prefix=%ff", "", nil, 400, replica.Invalid},
		{"no limit", "GET", "/kv?limit=0", "", nil, 400, replica.Invalid},
		{"a limit that is too high", "GET", "/kv?limit=10001", "", nil, 400, replica.Invalid},
		{"a limit that is no number", "GET", "/kv?limit=all", "", nil, 400, replica.Invalid},
		{"a transaction that is read", "GET", "/txn", "", nil, 405, UnknownMethod},
		{"a stale transaction", "POST", "/txn?consistency=stale", `{"then":[{"get":{"key":"x"}}]}`, nil, 400, replica.Invalid},
		{"an empty transaction", "POST", "/txn", `{}`, nil, 400, replica.Invalid},
		{"a member that is put", "PUT", "/members", `{"id":"n4","address":"host:7004"}`, nil, 405, UnknownMethod},
		{"a member that is read", "GET", "/members/n4", "", nil, 405, UnknownMethod},
		{"a member of no name", "DELETE", "/members/", "", nil, 400, replica.Invalid},
		{"a member of a strange name", "DELETE", "/members/a%2Fb", "", nil, 400, replica.Invalid},
		{"a member without an address", "POST", "/members", `{"id":"n4"}`, nil, 400, replica.Invalid},
		{"a member without a name", "POST", "/members", `{"address":"host:7004"}`, nil, 400, replica.Invalid},
		{"a member with a long name", "POST", "/members", `{"id":"` + strings.Repeat("n", 65) + `","address":"host:7004"}`, nil, 400, replica.Invalid},
		{"a member without a port", "POST", "/members", `{"id":"n4","address":"host"}`, nil, 400, replica.Invalid},
		{"a member with a strange port", "POST", "/members", `{"id":"n4","address":"host:0"}`, nil, 400, replica.Invalid},
		{"a member without a host", "POST", "/members", `{"id":"n4","address":":7004"}`, nil, 400, replica.Invalid},
		{"a member with a strange host", "POST", "/members", `{"id":"n4","address":"a b:7004"}`, nil, 400, replica.Invalid},
		{"a member with a long address", "POST", "/members", `{"id":"n4","address":"` + strings.Repeat("h", 300) + `:1"}`, nil, 400, replica.Invalid},
		{"a member that votes at once", "POST", "/members", `{"id":"n4","address":"host:7004","voter":true}`, nil, 400, replica.Invalid},
		{"a leader that is read", "GET", "/leader", "", nil, 405, UnknownMethod},
		{"a transfer that is forwarded", "POST", "/leader?forward=true", "", nil, 400, replica.Invalid},
		{"a transfer to nobody", "POST", "/leader", `{}`, nil, 400, replica.Invalid},
		{"a transfer to a strange name", "POST", "/leader", `{"to":"a b"}`, nil, 400, replica.Invalid},
	} {
		t.Run(c.says, func(t *testing.T) {
			store := &fakeStore{}
			w := ask(store, c.method, c.target, c.body, c.headers...)
			var e Error
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &e), w.Body)
			require.Equal(t, c.status, w.Code, w.Body)
			require.Equal(t, c.code, e.Code)
			require.True(t, e.Definite)
			require.NotEmpty(t, e.Message)
			require.Empty(t, store.asked)
		})
	}
}

func TestAnAnswerSaysWhatTheOperationDid(t *testing.T) {
	for _, c := range []struct {
		says, method, target, body string
		result                     kv.Result
		status                     int
		want                       string
	}{
		{"a read", "GET", "/kv/x", "", kv.Result{Value: "v", Found: true, Revision: 7}, 200, `{"found":true,"value":"v","revision":7}`},
		{"a read of what JSON escapes", "GET", "/kv/x", "", kv.Result{Value: "\"\\\n\u2028é", Found: true, Revision: 7}, 200,
			`{"found":true,"value":"\"\\\n\u2028é","revision":7}`},
		{"a read of nothing", "GET", "/kv/x", "", kv.Result{}, 404,
			`{"code":"not_found","message":"the key does not exist","definite":true,"found":false}`},
		{"a write", "PUT", "/kv/x", "v", kv.Result{Revision: 9}, 200, `{"revision":9}`},
		{"an append", "POST", "/kv/x/append", "v", kv.Result{Revision: 9}, 200, `{"revision":9}`},
		{"a deletion", "DELETE", "/kv/x", "", kv.Result{Found: true}, 200, `{"found":true}`},
		{"a deletion of nothing", "DELETE", "/kv/x", "", kv.Result{}, 200, `{"found":false}`},
		{"a swap", "POST", "/kv/x/cas", `{"expect":"a","value":"b"}`, kv.Result{Swapped: true, Revision: 7}, 200,
			`{"swapped":true,"revision":7}`},
		{"a refused swap", "POST", "/kv/x/cas", `{"expect":"a","value":"b"}`, kv.Result{Value: "c", Found: true, Revision: 5}, 200,
			`{"swapped":false,"found":true,"value":"c","revision":5}`},
		{"a swap of nothing", "POST", "/kv/x/cas", `{"expect":"a","value":"b"}`, kv.Result{}, 200, `{"swapped":false,"found":false}`},
		{"an increment", "POST", "/kv/x/increment", "", kv.Result{Value: "8", Revision: 9}, 200, `{"value":"8","revision":9}`},
		{"a stale read", "GET", "/kv/x?consistency=stale", "", kv.Result{Value: "v", Found: true, Revision: 7}, 200,
			`{"found":true,"value":"v","revision":7,"consistency":"stale"}`},
		{"a lease read of nothing", "GET", "/kv/x?consistency=lease", "", kv.Result{}, 404,
			`{"code":"not_found","message":"the key does not exist","definite":true,"found":false,"consistency":"lease"}`},
		{"a range of nothing", "GET", "/kv", "", kv.Result{}, 200, `{"items":[],"more":false}`},
		{"a stale range", "GET", "/kv?consistency=stale", "", kv.Result{Items: []kv.ItemRecord{
			{Key: "a\n", Item: kv.Item{Value: "1", Revision: 3}}, {Key: "b", Item: kv.Item{Revision: 4}},
		}, More: true}, 200, `{"items":[{"key":"a\n","value":"1","revision":3},{"key":"b","value":"","revision":4}],"more":true,"consistency":"stale"}`},
		{"a transaction", "POST", "/txn", everyTxnJSON, kv.Result{Succeeded: true, Revision: 9, Results: []kv.Result{
			{Revision: 9}, {Revision: 9}, {Found: true}, {Value: "6", Revision: 9}, {Value: "1", Revision: 9},
		}}, 200, `{"succeeded":true,"revision":9,"results":[{"revision":9},{"revision":9},{"found":true},{"value":"6","revision":9},{"value":"1","revision":9}]}`},
		{"a transaction that did the other", "POST", "/txn", everyTxnJSON, kv.Result{Revision: 9, Results: []kv.Result{
			{Value: "v", Found: true, Revision: 2}, {}, {More: true, Items: []kv.ItemRecord{{Key: "a", Item: kv.Item{Value: "1", Revision: 3}}}}, {},
		}}, 200, `{"succeeded":false,"revision":9,"results":[{"found":true,"value":"v","revision":2},{"found":false},
			{"items":[{"key":"a","value":"1","revision":3}],"more":true},{"items":[],"more":false}]}`},
	} {
		t.Run(c.says, func(t *testing.T) {
			w := ask(&fakeStore{result: c.result}, c.method, c.target, c.body)
			require.Equal(t, c.status, w.Code)
			require.JSONEq(t, c.want, w.Body.String())
			require.Equal(t, "application/json", w.Header().Get("Content-Type"))
		})
	}
}

func TestAFailureSaysWhetherItCanHaveHadAnEffect(t *testing.T) {
	for _, c := range []struct {
		failure replica.Error
		status  int
	}{
		{replica.Error{Code: replica.NotLeader, Definite: true, Leader: "n2"}, 421},
		{replica.Error{Code: replica.NotLeader, Definite: true}, 421},
		{replica.Error{Code: replica.NoLeader, Definite: true}, 503},
		{replica.Error{Code: replica.Overloaded, Definite: true}, 503},
		{replica.Error{Code: replica.LeaderLost}, 504},
		{replica.Error{Code: replica.Timeout, Leader: "n3"}, 504},
		{replica.Error{Code: Stopping, Definite: true}, 503},
		{replica.Error{Code: Stopping}, 504},
		{replica.Error{Code: replica.Invalid, Definite: true}, 400},
		{replica.Error{Code: replica.TooLarge, Definite: true}, 413},
		{replica.Error{Code: replica.SessionExpired}, 409},
		{replica.Error{Code: replica.StaleSequence}, 409},
		{replica.Error{Code: replica.NotNumber, Definite: true}, 422},
		{replica.Error{Code: replica.OutOfRange, Definite: true}, 422},
		{replica.Error{Code: replica.ResultTooLarge, Definite: true}, 422},
		{replica.Error{Code: replica.ChangePending, Definite: true}, 409},
		{replica.Error{Code: replica.TransferFailed}, 504},
	} {
		t.Run(string(c.failure.Code), func(t *testing.T) {
			w := ask(&fakeStore{failure: &c.failure}, "PUT", "/kv/x", "v")
			var e Error
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &e))
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.failure, replica.Error{Code: e.Code, Definite: e.Definite, Leader: e.Leader})
			require.Equal(t, (&fakeStore{}).ClientAddr(c.failure.Leader), e.LeaderAddress)
			require.Contains(t, e.Message, " ", "a sentence")
		})
	}
}

var someMembers = raft.NewConfiguration(raft.Server{ID: "n1", Addr: "h:1"}, raft.Server{ID: "n2", Learner: true})

func TestStatusHealthAndMetricsAreServed(t *testing.T) {
	store := &fakeStore{status: replica.Status{
		ID: "n1", Role: raft.Follower, Term: 3, Leader: "n2",
		Commit: 10, Applied: 9, FirstIndex: 4, LastIndex: 11, StateHash: 0xab, Open: 2, Lease: true,
		Configuration: someMembers, ConfigurationIndex: 6, SnapshotsSent: 1, SnapshotsInstalled: 2,
		Peers: []raft.PeerStatus{{
			ID: "n2", Learner: true, State: "probe", Match: 3, Next: 4,
			InflightEntries: 5, InflightBytes: 6, Heard: 7 * time.Millisecond,
		}},
	}}
	require.JSONEq(t, `{"id":"n1","role":"follower","term":3,"leader":"n2","leader_address":"10.0.0.2:8080",
		"commit":10,"applied":9,"first_index":4,"last_index":11,"state_hash":"00000000000000ab","open":2,"lease":true,
		"configuration":[{"id":"n1","address":"h:1","voter":true},{"id":"n2","address":"","voter":false}],"configuration_index":6,
		"snapshots_sent":1,"snapshots_installed":2,"peers":[{"id":"n2","learner":true,"state":"probe","match":3,"next":4,
		"inflight_entries":5,"inflight_bytes":6,"heard_ms":7}]}`,
		ask(store, "GET", "/status", "").Body.String())
	require.Equal(t, http.StatusOK, ask(store, "GET", "/healthz", "").Code)
	require.Equal(t, "metrics", ask(store, "GET", "/metrics", "").Body.String())

	store.stopped = true
	require.Equal(t, http.StatusServiceUnavailable, ask(store, "GET", "/healthz", "").Code)
}

func TestBodiesThatTogetherExceedTheBoundAreRefused(t *testing.T) {
	store := &fakeStore{}
	h := NewHandler(store, HandlerOptions{Metrics: http.NotFoundHandler()})
	require.True(t, h.bodies.TryAcquire(limits.BodiesBytesMax))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("PUT", "/kv/x", strings.NewReader("v")))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), `"overloaded"`)

	h.bodies.Release(limits.BodiesBytesMax)
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("PUT", "/kv/x", strings.NewReader("v")))
	require.Equal(t, http.StatusOK, w.Code)
	require.True(t, h.bodies.TryAcquire(limits.BodiesBytesMax), "the request gave back what it took")
}

// FuzzRequest: whatever is sent, either the store is asked for something valid or the
// refusal is definite and readable.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/kv/x", "consistency=stale", "", "", "")
	f.Add("POST", "/kv/%2e/cas", "forward=true", `{"expect":null,"value":"v"}`, "c", "1")
	f.Add("PUT", "/kv/a%2Fb", "", "v", "c", "18446744073709551616")
	f.Fuzz(func(t *testing.T, method, path, query, body, client, seq string) {
		r, err := http.NewRequest(method, "http://n1"+path, strings.NewReader(body))
		if err != nil {
			t.Skip("not a request that HTTP can carry")
		}
		r.URL.RawQuery = query
		r.Header.Set(headerClient, client)
		r.Header.Set(headerSeq, seq)
		store := &fakeStore{result: kv.Result{Value: body}}
		w := httptest.NewRecorder()
		NewHandler(store, HandlerOptions{Metrics: http.NotFoundHandler()}).ServeHTTP(w, r)
		for _, r := range store.asked {
			switch {
			case r.Read != nil:
				require.NoError(t, r.Read.Query.Validate())
			case r.Change != nil:
				require.NoError(t, validID(r.Change.Server.ID))
			case r.Transfer == nil:
				require.NoError(t, r.Command.Validate())
			}
		}
		require.True(t, path == "/metrics" || json.Valid(w.Body.Bytes()))
		if w.Code != http.StatusOK {
			var e Error
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &e))
			require.True(t, e.Definite)
		}
	})
}
