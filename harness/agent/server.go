package agent

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
)

// Filter drops packets by the address that they come from.
type Filter interface {
	// Drop makes peers the whole set of addresses whose packets are dropped.
	Drop(peers []netip.Addr) error
	// Dropped reads back from the kernel which addresses' packets are dropped. It fails
	// where it finds anything else in its place.
	Dropped() ([]netip.Addr, error)
}

// Handler serves the control port: PUT /cuts replaces the set of cut peers and is
// answered, with the set, only when the filter holds exactly that; GET /healthz says that it
// can be read. Every request must carry the token, which must not be empty.
func Handler(token string, f Filter) http.Handler {
	var mu sync.Mutex // one change at a time, so that a read-back sees its own change
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /cuts", func(w http.ResponseWriter, r *http.Request) {
		peers, err := decodePeers(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if err := replace(f, peers); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		// A peer that has gone away learns nothing, and needs to learn nothing.
		_ = json.NewEncoder(w).Encode(peers)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := f.Dropped(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	return guarded(token, mux)
}

// guarded lets only requests with the bearer token through: the port can be reached
// from every container of the run, and the store under test must not be able to use it.
func guarded(token string, next http.Handler) http.Handler {
	if token == "" {
		panic("agent: an empty token guards nothing")
	}
	want := sha256.Sum256([]byte("Bearer " + token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			http.Error(w, "the bearer token is missing or wrong", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// replace changes the set and reads it back.
func replace(f Filter, peers []netip.Addr) error {
	if err := f.Drop(peers); err != nil {
		return err
	}
	held, err := f.Dropped()
	if err == nil && !slices.Equal(normal(held), peers) {
		err = fmt.Errorf("asked to drop %v, the kernel drops %v", peers, held)
	}
	return err
}
