package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// Store is the node behind the interface.
type Store interface {
	// Do carries out one request, of which it chooses the ID, and waits for the reply or
	// for the end of ctx.
	Do(ctx context.Context, r replica.Request) (kv.Result, *replica.Error)
	// Status is how the node sees itself, and false once it has stopped.
	Status() (replica.Status, bool)
	// ClientAddr is where clients reach a server, empty where unknown.
	ClientAddr(id raft.ID) string
}

// bodyBytesMax bounds the bodies that are in memory at any time, over all requests.
const bodyBytesMax = 256 << 20

// Handler serves one node's store over HTTP:
//
//	GET    /kv/{key}          the value; ?consistency=linearizable (default) or stale
//	PUT    /kv/{key}          the body is the value
//	DELETE /kv/{key}
//	POST   /kv/{key}/cas      {"expect": "old" or null, "value": "new"}
//	POST   /kv/{key}/append   the body goes to the end of the value
//	GET    /status, /healthz, /metrics
//
// The key is one escaped path segment. With ?forward=true a follower passes the request
// on to the leader. The headers Senkei-Client and Senkei-Seq make a write take effect at
// most once, however often it is sent (see kv.Command). Every error is an Error in JSON.
type Handler struct {
	store   Store
	metrics http.Handler
	bodies  *semaphore.Weighted
}

// NewHandler serves the store, and metrics under /metrics.
func NewHandler(store Store, metrics http.Handler) *Handler {
	return &Handler{store: store, metrics: metrics, bodies: semaphore.NewWeighted(bodyBytesMax)}
}

// NewServer returns an HTTP server for the handler that bounds what a slow or hostile
// client can hold: 5 s for the header, 30 s for a body and 60 s until the answer is
// written, 16 KiB of header.
func NewServer(h *Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, "/kv/"); ok {
		h.serveKey(w, r, rest)
		return
	}
	serve, ok := map[string]http.HandlerFunc{
		"/status": h.serveStatus, "/healthz": h.serveHealth, "/metrics": h.metrics.ServeHTTP,
	}[path]
	switch {
	case !ok:
		fail(w, refuse(UnknownPath, "nothing is served at this path"))
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		fail(w, refuse(UnknownMethod, "%s can only be read", path))
	default:
		serve(w, r)
	}
}

func (h *Handler) serveKey(w http.ResponseWriter, r *http.Request, path string) {
	size := bodyBytes(r)
	if !h.bodies.TryAcquire(size) {
		fail(w, refuse(replica.Overloaded, "the requests under way hold too much memory"))
		return
	}
	defer h.bodies.Release(size)

	req, refusal := parse(r, path)
	if refusal != nil {
		fail(w, refusal)
		return
	}
	result, failure := h.store.Do(r.Context(), req)
	switch {
	case failure != nil:
		fail(w, &Error{
			Code: failure.Code, Message: explain(failure), Definite: failure.Definite,
			Leader: failure.Leader, LeaderAddress: h.address(failure.Leader),
		})
	case req.Read != nil && !result.Found:
		fail(w, refuse(NotFound, "the key does not exist"))
	default:
		succeed(w, req, result)
	}
}

func (h *Handler) address(id raft.ID) string {
	if id == raft.None {
		return ""
	}
	return h.store.ClientAddr(id)
}

// Status is the answer to GET /status.
type Status struct {
	ID            raft.ID `json:"id"`
	Role          string  `json:"role"`
	Term          uint64  `json:"term"`
	Leader        raft.ID `json:"leader"` // empty where unknown
	LeaderAddress string  `json:"leader_address"`
	Commit        uint64  `json:"commit"`
	Applied       uint64  `json:"applied"`
	LastIndex     uint64  `json:"last_index"`
	StateHash     string  `json:"state_hash"` // at Applied; hexadecimal, since JSON numbers lose bits
	Open          int     `json:"open"`       // requests not yet answered
}

func (h *Handler) serveStatus(w http.ResponseWriter, r *http.Request) {
	s, _ := h.store.Status()
	succeedJSON(w, Status{
		ID: s.ID, Role: s.Role.String(), Term: s.Term,
		Leader: s.Leader, LeaderAddress: h.address(s.Leader),
		Commit: s.Commit, Applied: s.Applied, LastIndex: s.LastIndex,
		StateHash: hex(s.StateHash), Open: s.Open,
	})
}

func (h *Handler) serveHealth(w http.ResponseWriter, r *http.Request) {
	if _, running := h.store.Status(); !running {
		fail(w, refuse(Stopping, "the server is stopping"))
		return
	}
	succeedJSON(w, map[string]bool{"ok": true})
}
