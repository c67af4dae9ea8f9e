// Command echonode is the store of package clustertest: a register that belongs to one
// node alone, and a counter that each node sends to every peer.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

func main() {
	log.SetFlags(log.Lmicroseconds)
	id := flag.String("id", "", "name of this node")
	peerListen := flag.String("peer-listen", "", "host:port for the peers")
	clientListen := flag.String("client-listen", "", "host:port for clients")
	peers := flag.String("peers", "", "name=host:port of every node, separated by commas")
	data := flag.String("data", "", "directory that holds the register")
	flag.Parse()
	log.SetPrefix(*id + " ")
	log.Print("starts")
	if err := serve(*id, *peerListen, *clientListen, *peers, filepath.Join(*data, "register")); err != nil {
		log.Fatal(err)
	}
}

func serve(id, peerListen, clientListen, peers, file string) error {
	l, err := net.Listen("tcp", peerListen)
	if err != nil {
		return err
	}
	h := &hearing{last: map[string]uint64{}}
	go h.accept(l)
	for peer := range strings.SplitSeq(peers, ",") {
		name, addr, ok := strings.Cut(peer, "=")
		if !ok {
			return fmt.Errorf("peer %q is not name=host:port", peer)
		}
		if name != id {
			go count(id, addr)
		}
	}
	return http.ListenAndServe(clientListen, handler(file, h))
}

// handler serves the register; what the node last heard from a peer; and an end of the
// process that nobody ordered.
func handler(file string, h *hearing) http.Handler {
	mux := http.NewServeMux()
	var writing sync.Mutex
	mux.HandleFunc("GET /register", func(w http.ResponseWriter, _ *http.Request) {
		value, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(value)
	})
	mux.HandleFunc("PUT /register", func(w http.ResponseWriter, r *http.Request) {
		writing.Lock()
		defer writing.Unlock()
		value, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<10))
		if err == nil {
			err = os.WriteFile(file+".new", value, 0o644)
		}
		if err == nil { // the file is whole, whenever a kill comes
			err = os.Rename(file+".new", file)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /heard/{peer}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strconv.FormatUint(h.from(r.PathValue("peer")), 10))
	})
	mux.HandleFunc("POST /crash", func(http.ResponseWriter, *http.Request) {
		log.Fatal("crashes")
	})
	return mux
}
