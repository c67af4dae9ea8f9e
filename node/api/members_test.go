package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/replica"
)

func TestTheMembersAreServed(t *testing.T) {
	store := &fakeStore{status: replica.Status{Configuration: someMembers, ConfigurationIndex: 6}}
	const members = `[{"id":"n1","address":"h:1","voter":true},{"id":"n2","address":"","voter":false}]`
	w := ask(store, "GET", "/members", "")
	require.Equal(t, http.StatusOK, w.Code)
	require.JSONEq(t, `{"configuration_index":6,"members":`+members+`}`, w.Body.String())
	require.Empty(t, store.asked)

	store.reply = replica.Reply{Result: kv.Result{Code: kv.Done}, Configuration: someMembers}
	for _, w := range []*httptest.ResponseRecorder{
		ask(store, "POST", "/members", `{"id":"n2","address":"h:2"}`), ask(store, "DELETE", "/members/n3", ""),
	} {
		require.Equal(t, http.StatusOK, w.Code)
		require.JSONEq(t, `{"members":`+members+`}`, w.Body.String())
	}
}

func TestATransferTellsWhoLeads(t *testing.T) {
	store := &fakeStore{reply: replica.Reply{Result: kv.Result{Code: kv.Done}, Leader: "n2"}}
	w := ask(store, "POST", "/leader", "")
	require.Equal(t, http.StatusOK, w.Code)
	require.JSONEq(t, `{"leader":"n2","leader_address":"10.0.0.2:8080"}`, w.Body.String())
}

func TestWithoutTheTokenOnlyTheHealthIsServed(t *testing.T) {
	store := &fakeStore{result: kv.Result{Code: kv.Done, Found: true}}
	h := NewHandler(store, HandlerOptions{Metrics: http.NotFoundHandler(), Token: "secret"})
	ask := func(target, authorization string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", target, nil)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, target := range []string{"/kv/x", "/kv", "/members", "/status", "/metrics", "/nowhere"} {
		for _, authorization := range []string{"", "secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets", "Basic secret"} {
			w := ask(target, authorization)
			require.Equal(t, http.StatusUnauthorized, w.Code, "%s %q", target, authorization)
			require.Equal(t, "Bearer", w.Header().Get("WWW-Authenticate"))
			require.Contains(t, w.Body.String(), `{"code":"unauthorized"`)
			require.Contains(t, w.Body.String(), `"definite":true`)
		}
	}
	require.Empty(t, store.asked)
	require.Equal(t, http.StatusOK, ask("/healthz", "").Code)
	require.Equal(t, http.StatusOK, ask("/kv/x", "Bearer secret").Code)
	require.Equal(t, http.StatusOK, ask("/status", "bearer secret").Code)
}

func TestAnAnswerIsMarkedAsJSONWithItsLength(t *testing.T) {
	store := &fakeStore{}
	server := httptest.NewServer(NewHandler(store, HandlerOptions{}))
	defer server.Close()
	for _, size := range []int{0, bufferedBytes - 100, bufferedBytes, 10 * bufferedBytes} {
		store.result = kv.Result{Code: kv.Done, Found: true, Value: strings.Repeat("v", size)}
		resp, err := server.Client().Get(server.URL + "/kv/x")
		require.NoError(t, err)
		require.Greater(t, resp.ContentLength, int64(size))
		require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		require.NoError(t, resp.Body.Close())
	}
	server.Client().CloseIdleConnections()
}

func TestABodyWithoutALengthIsReadAndBounded(t *testing.T) {
	store := &fakeStore{}
	put := func(value string) int {
		r := httptest.NewRequest("PUT", "/kv/x", strings.NewReader(value))
		r.ContentLength = -1
		w := httptest.NewRecorder()
		NewHandler(store, HandlerOptions{}).ServeHTTP(w, r)
		return w.Code
	}
	require.Equal(t, http.StatusOK, put("v"))
	require.Equal(t, "v", store.asked[0].Command.Value)
	require.Equal(t, http.StatusRequestEntityTooLarge, put(strings.Repeat("v", limits.ValueBytesMax+1)))

	r := httptest.NewRequest("PUT", "/kv/x", strings.NewReader("v"))
	r.ContentLength = 2
	w := httptest.NewRecorder()
	NewHandler(store, HandlerOptions{}).ServeHTTP(w, r)
	require.Equal(t, http.StatusBadRequest, w.Code, "a body that is cut off")
	require.Len(t, store.asked, 1)
}
