package senkeitest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
	"senkei/senkeitest"
)

// cells is a map of numbers that many goroutines may use. Where it is torn, comparing and
// setting are two steps.
type cells struct {
	mu    sync.Mutex
	cells map[string]int
	torn  bool
}

func (m *cells) Load(key string) (int, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.cells[key]
	return v, ok
}

func (m *cells) Store(key string, v int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cells[key] = v
}

func (m *cells) CompareAndSwap(key string, expect, v int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cells[key] != expect {
		return false
	}
	if m.torn {
		m.mu.Unlock()
		time.Sleep(time.Millisecond)
		m.mu.Lock()
	}
	m.cells[key] = v
	return true
}

func newMap() *cells { return &cells{cells: map[string]int{}} }

func TestMap(t *testing.T) {
	m := newMap() // what is tested
	r := senkeitest.New(t, linearizable.Of(models.Register{}))
	var clients sync.WaitGroup
	for id := range 4 {
		clients.Go(func() {
			c := r.Client()
			for n := range 100 {
				mine := n*4 + id
				c.Write("x", senkeitest.Value(mine), func() error { m.Store("x", mine); return nil })
				op := c.Begin(history.Input{F: history.Read, Key: "x"})
				found, _ := m.Load("x")
				op.OK(history.Output{Value: senkeitest.Value(found)})
			}
		})
	}
	clients.Wait()
} // here the test fails unless the map was linearizable

// The code in docs/library.md is a test's.
func TestTheDocumentShowsWhatRuns(t *testing.T) {
	text, err := os.ReadFile("../docs/library.md")
	require.NoError(t, err)
	_, after, found := strings.Cut(string(text), "```go\n")
	require.True(t, found)
	code, _, _ := strings.Cut(after, "```")
	self, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	require.Contains(t, string(self), code)
}

// lostUpdate lets two clients swap the same number at once, in a bubble of testing/synctest,
// where both look before one of them stores.
func lostUpdate(t testing.TB, m *cells) {
	r := senkeitest.New(t, linearizable.Of(models.Register{}))
	c := r.Client()
	c.Write("x", senkeitest.Value(1), func() error { m.Store("x", 1); return nil })
	var clients sync.WaitGroup
	for _, v := range []int{2, 3} {
		clients.Go(func() {
			r.Client().CAS("x", senkeitest.Value(1), senkeitest.Value(v), func() (bool, error) {
				return m.CompareAndSwap("x", 1, v), nil
			})
		})
	}
	clients.Wait()
	c.Read("x", func() (history.Value, error) { v, _ := m.Load("x"); return senkeitest.Value(v), nil })
}

func TestAMapThatLosesUpdates(t *testing.T) {
	broken := &fake{TB: t}
	synctest.Test(t, func(t *testing.T) {
		m := newMap()
		m.torn = true
		lostUpdate(broken, m)
		said := broken.end() // in the bubble, as a test's cleanup would be
		require.Contains(t, said, "INVALID: the history is not linearizable")
		require.Contains(t, said, "had replaced the same 1.")
	})
	verdict := senkeitest.CheckFile(broken, left(broken.said[0], "History"), linearizable.Of(models.Register{}))
	require.Equal(t, "invalid", verdict.Status.String())

	synctest.Test(t, func(t *testing.T) { lostUpdate(t, newMap()) })
}

// keyValueServer holds what is PUT at a path. Where it is stale, it answers from a cache that
// nobody invalidates.
func keyValueServer(stale bool) http.Handler {
	var store, cache sync.Map
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch req.Method {
		case http.MethodPut:
			body, err := io.ReadAll(req.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			store.Store(req.URL.Path, string(body))
		case http.MethodGet:
			value, ok := store.Load(req.URL.Path)
			if ok && stale {
				value, _ = cache.LoadOrStore(req.URL.Path, value)
			}
			if !ok {
				http.NotFound(w, req)
				return
			}
			fmt.Fprint(w, value)
		}
	})
}

// send does one request and returns a body, or "" for 404.
func send(c *http.Client, method, url, body string) (string, error) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return "", errors.Join(senkeitest.ErrNoEffect, err) // it was never sent
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", err // it may have arrived
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return "", err
	case resp.StatusCode == http.StatusNotFound:
		return "", nil
	case resp.StatusCode != http.StatusOK:
		return "", errors.New(resp.Status)
	}
	return string(answer), nil
}

// useServer lets four clients write and read two keys over HTTP.
func useServer(t testing.TB, handler http.Handler) {
	server := httptest.NewServer(handler)
	defer server.Close()
	r := senkeitest.New(t, linearizable.Of(models.Register{}))
	var clients sync.WaitGroup
	for id := range 4 {
		clients.Go(func() {
			c := r.Client()
			for n := range 50 {
				key, value := fmt.Sprintf("k%d", n%2), fmt.Sprintf("%d of %d", n, id)
				c.Write(key, senkeitest.Value(value), func() error {
					_, err := send(server.Client(), http.MethodPut, server.URL+"/"+key, value)
					return err
				})
				c.Read(key, func() (history.Value, error) {
					found, err := send(server.Client(), http.MethodGet, server.URL+"/"+key, "")
					if found == "" {
						return history.Absent, err
					}
					return senkeitest.Value(found), err
				})
			}
		})
	}
	clients.Wait()
}

func TestHTTPServer(t *testing.T) { useServer(t, keyValueServer(false)) }

func TestAnHTTPServerThatAnswersFromACache(t *testing.T) {
	broken := &fake{TB: t}
	useServer(broken, keyValueServer(true))
	require.Contains(t, broken.end(), "INVALID: the history is not linearizable")
}
