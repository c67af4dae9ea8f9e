package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// fakeStore answers every request alike and remembers the last one.
type fakeStore struct {
	result  kv.Result
	failure *replica.Error
	status  replica.Status
	stopped bool
	asked   []replica.Request
}

func (s *fakeStore) Do(_ context.Context, r replica.Request) (kv.Result, *replica.Error) {
	s.asked = append(s.asked, r)
	return s.result, s.failure
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
	NewHandler(store, metrics).ServeHTTP(w, r)
	return w
}

func TestAnOperationReachesTheStoreAsItWasAsked(t *testing.T) {
	for _, c := range []struct {
		says, method, target, body string
		headers                    []string
		want                       replica.Request
	}{
		{"a read", "GET", "/kv/x", "", nil, replica.Request{Read: &replica.Read{Key: "x"}}},
		{"a read that says what is the default", "GET", "/kv/x?consistency=linearizable&forward=false", "", nil,
			replica.Request{Read: &replica.Read{Key: "x"}}},
		{"a stale read", "GET", "/kv/x?consistency=stale", "", nil, replica.Request{Read: &replica.Read{Key: "x", Stale: true}}},
		{"a key with a slash", "GET", "/kv/a%2Fb%20c", "", nil, replica.Request{Read: &replica.Read{Key: "a/b c"}}},
		{"a key of dots", "GET", "/kv/%2E%2E", "", nil, replica.Request{Read: &replica.Read{Key: ".."}}},
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
		{"a key that is too long", "PUT", "/kv/" + strings.Repeat("k", kv.MaxKeyBytes+1), "v", nil, 400, replica.Invalid},
		{"a key that is no text", "GET", "/kv/%ff", "", nil, 400, replica.Invalid},
		{"a value that is no text", "PUT", "/kv/x", "\xff", nil, 400, replica.Invalid},
		{"a value that is too long", "PUT", "/kv/x", strings.Repeat("v", kv.MaxValueBytes+1), nil, 413, replica.TooLarge},
		{"a slash after the key", "GET", "/kv/x/", "", nil, 404, UnknownPath},
		{"an unknown action", "POST", "/kv/x/incr", "", nil, 404, UnknownPath},
		{"an unknown path", "GET", "/keys", "", nil, 404, UnknownPath},
		{"a key that is posted to", "POST", "/kv/x", "v", nil, 405, UnknownMethod},
		{"a swap that is read", "GET", "/kv/x/cas", "", nil, 405, UnknownMethod},
		{"a status that is written", "PUT", "/status", "", nil, 405, UnknownMethod},
		{"a consistency that does not exist", "GET", "/kv/x?consistency=lease", "", nil, 400, replica.Invalid},
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

func TestStatusHealthAndMetricsAreServed(t *testing.T) {
	store := &fakeStore{status: replica.Status{
		ID: "n1", Role: raft.Follower, Term: 3, Leader: "n2",
		Commit: 10, Applied: 9, LastIndex: 11, StateHash: 0xab, Open: 2,
	}}
	require.JSONEq(t, `{"id":"n1","role":"follower","term":3,"leader":"n2","leader_address":"10.0.0.2:8080",
		"commit":10,"applied":9,"last_index":11,"state_hash":"00000000000000ab","open":2}`,
		ask(store, "GET", "/status", "").Body.String())
	require.Equal(t, http.StatusOK, ask(store, "GET", "/healthz", "").Code)
	require.Equal(t, "metrics", ask(store, "GET", "/metrics", "").Body.String())

	store.stopped = true
	require.Equal(t, http.StatusServiceUnavailable, ask(store, "GET", "/healthz", "").Code)
}

func TestBodiesThatTogetherExceedTheBoundAreRefused(t *testing.T) {
	store := &fakeStore{}
	h := NewHandler(store, http.NotFoundHandler())
	require.True(t, h.bodies.TryAcquire(bodyBytesMax))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("PUT", "/kv/x", strings.NewReader("v")))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), `"overloaded"`)

	h.bodies.Release(bodyBytesMax)
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("PUT", "/kv/x", strings.NewReader("v")))
	require.Equal(t, http.StatusOK, w.Code)
	require.True(t, h.bodies.TryAcquire(bodyBytesMax), "the request gave back what it took")
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
		NewHandler(store, http.NotFoundHandler()).ServeHTTP(w, r)
		if len(store.asked) == 1 && store.asked[0].Read == nil {
			require.NoError(t, store.asked[0].Command.Validate())
		}
		if w.Code != http.StatusOK {
			var e Error
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &e))
			require.True(t, e.Definite)
		}
	})
}

func BenchmarkPut(b *testing.B) {
	store := &fakeStore{result: kv.Result{Revision: 7}}
	h := NewHandler(store, http.NotFoundHandler())
	server := httptest.NewUnstartedServer(nil)
	server.Config = NewServer(h, slog.New(slog.DiscardHandler))
	server.Start()
	defer server.Close()
	c := NewClient(server.Listener.Addr().String(), Options{})
	defer c.Close()
	b.ReportAllocs()
	for b.Loop() {
		store.asked = store.asked[:0]
		if _, err := c.Put(b.Context(), "k", "v"); err != nil {
			b.Fatal(err)
		}
	}
}
