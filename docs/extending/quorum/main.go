// Command quorum is a store of registers without a leader, small enough to be read in one
// sitting: each register is copied to every node, and whoever asks does the work of a read or a
// write with the copies of a majority (Attiya, Bar-Noy and Dolev, "Sharing memory robustly in
// message-passing systems", Journal of the ACM 42, 1995; with several writers, Lynch and
// Shvartsman 1997). It is the system under test of the examples in docs/extending.md.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// valueBytesMax bounds a value, and answerWithin the wait for a majority.
const (
	valueBytesMax = 1 << 16
	answerWithin  = time.Second
)

func main() {
	id := flag.String("id", "", "name of this node")
	peerListen := flag.String("peer-listen", "", "host:port for the other nodes")
	clientListen := flag.String("client-listen", "", "host:port for clients")
	peers := flag.String("peers", "", "host:port of every node, this one too, separated by commas")
	data := flag.String("data", "", "file that holds the copies")
	flag.Parse()
	copies, err := open(*data)
	if err != nil {
		log.Fatal(err)
	}
	n := node{id: *id, peers: strings.Split(*peers, ","), copies: copies}
	go func() { log.Fatal(http.ListenAndServe(*peerListen, n.forPeers())) }()
	log.Fatal(http.ListenAndServe(*clientListen, n.forClients()))
}

// node is one server.
type node struct {
	id     string
	peers  []string // host:port
	copies *copies
}

// forPeers serves this node's copies to the others.
func (n node) forPeers() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{key}", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(n.copies.get(r.PathValue("key")))
	})
	mux.HandleFunc("PUT /{key}", func(w http.ResponseWriter, r *http.Request) {
		var c stored
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 2*valueBytesMax)).Decode(&c)
		if err == nil {
			err = n.copies.put(r.PathValue("key"), c)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}

// forClients serves reads and writes. An error leaves the outcome of a write unknown: a
// minority may hold it, and a later read may make it the majority's.
func (n node) forClients() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ready", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /registers/{key}", func(w http.ResponseWriter, r *http.Request) {
		newest, err := n.read(r.Context(), r.PathValue("key"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, newest.Value)
	})
	mux.HandleFunc("PUT /registers/{key}", func(w http.ResponseWriter, r *http.Request) {
		value, err := io.ReadAll(http.MaxBytesReader(w, r.Body, valueBytesMax))
		if err == nil {
			err = n.write(r.Context(), r.PathValue("key"), string(value))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	return mux
}

// read returns the newest copy of a majority, once a majority holds it: else a later read
// could miss what this one has returned.
func (n node) read(ctx context.Context, key string) (stored, error) {
	newest, err := n.newest(ctx, key)
	if err != nil {
		return stored{}, err
	}
	return newest, n.store(ctx, key, newest)
}

// write stores a copy that is newer than all that a majority holds.
func (n node) write(ctx context.Context, key, value string) error {
	newest, err := n.newest(ctx, key)
	if err != nil {
		return err
	}
	return n.store(ctx, key, stored{Counter: newest.Counter + 1, Writer: n.id + " " + rand.Text(), Value: value})
}

func (n node) newest(ctx context.Context, key string) (newest stored, err error) {
	answers, err := n.majority(ctx, http.MethodGet, key, "")
	for _, text := range answers {
		var c stored
		if err := json.Unmarshal(text, &c); err != nil {
			return stored{}, err
		}
		if newest.olderThan(c) {
			newest = c
		}
	}
	return newest, err
}

func (n node) store(ctx context.Context, key string, c stored) error {
	text, err := json.Marshal(c)
	if err == nil {
		_, err = n.majority(ctx, http.MethodPut, key, string(text))
	}
	return err
}

// majority asks every node at once and returns the answers of the first majority.
func (n node) majority(ctx context.Context, method, key, body string) ([][]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	type answer struct {
		text []byte
		err  error
	}
	came := make(chan answer, len(n.peers))
	for _, peer := range n.peers {
		go func() {
			text, err := ask(ctx, method, "http://"+peer+"/"+url.PathEscape(key), body)
			came <- answer{text, err}
		}()
	}
	var answers [][]byte
	var failures []error
	for range n.peers {
		a := <-came
		if a.err != nil {
			failures = append(failures, a.err)
			continue
		}
		if answers = append(answers, a.text); len(answers) > len(n.peers)/2 {
			time.AfterFunc(answerWithin, cancel) // the others may go on for a while
			return answers, nil
		}
	}
	cancel()
	return nil, fmt.Errorf("no majority answered: %w", errors.Join(failures...))
}

func ask(ctx context.Context, method, url, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 2*valueBytesMax))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, text)
	}
	return text, err
}
