package api

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
)

// Store is the node behind the interface.
type Store interface {
	// Do carries out one request, of which it chooses the ID, and waits for the reply or
	// for the end of ctx.
	Do(ctx context.Context, r replica.Request) replica.Reply
	// Status is how the node sees itself, and false once it has stopped.
	Status() (replica.Status, bool)
	// ClientAddr is where clients reach a server, empty where unknown.
	ClientAddr(id raft.ID) string
}

// Handler serves one node's store over HTTP:
//
//	GET    /kv/{key}            the value; ?consistency=linearizable (default), lease or stale
//	PUT    /kv/{key}            the body is the value
//	DELETE /kv/{key}
//	POST   /kv/{key}/cas        {"expect": "old" or null, "value": "new"}
//	POST   /kv/{key}/append     the body goes to the end of the value
//	POST   /kv/{key}/increment  {"by": 5}; without a body by 1
//	GET    /kv                  the keys of a range; ?prefix=, or ?from= and &to=; &limit=
//	POST   /txn                 {"compares": […], "then": […], "else": […]}
//	GET    /members             the servers of the cluster, as this node knows them
//	POST   /members             {"id": "n4", "address": "host:7004"}
//	DELETE /members/{id}
//	POST   /leader              {"to": "n2"} hands over the leadership; to anybody without a body
//	GET    /status, /healthz, /metrics
//
// A key is one escaped path segment. With ?forward=true a follower passes the request
// on to the leader. The headers Senkei-Client and Senkei-Seq make a write take effect at
// most once, however often it is sent (see kv.Command). Every error is an Error in JSON.
// docs/api.md shows each of them.
type Handler struct {
	store   Store
	options HandlerOptions
	bodies  *semaphore.Weighted
}

// HandlerOptions say what a Handler offers beside its store.
type HandlerOptions struct {
	Metrics http.Handler // served under /metrics
	// Token is what everybody but /healthz demands as "Authorization: Bearer TOKEN"; empty
	// demands nothing.
	Token string
}

// NewHandler serves the store.
func NewHandler(store Store, options HandlerOptions) *Handler {
	return &Handler{store: store, options: options, bodies: semaphore.NewWeighted(limits.BodiesBytesMax)}
}

// NewServer returns an HTTP server for the handler that bounds what a slow or hostile
// client can hold: 5 s for the header, 30 s for a body and 60 s until the answer is
// written, limits.HeaderBytesMax of header. It speaks HTTP/1.1, also on a TLS listener.
func NewServer(h *Handler, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           h,
		Protocols:         protocols,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    limits.HeaderBytesMax,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	switch {
	case path != "/healthz" && !h.authorized(r):
		w.Header().Set("WWW-Authenticate", "Bearer")
		fail(w, refuse(Unauthorized, "the header Authorization must be Bearer and the token of this cluster"))
	case path == "/status" || path == "/healthz" || path == "/metrics":
		h.serveView(w, r, path)
	case path == "/members" && r.Method == http.MethodGet:
		h.serveMembers(w)
	default:
		h.serveRequest(w, r, path)
	}
}

func (h *Handler) authorized(r *http.Request) bool {
	if h.options.Token == "" {
		return true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") &&
		subtle.ConstantTimeCompare([]byte(token), []byte(h.options.Token)) == 1
}

// serveView serves how the node sees itself.
func (h *Handler) serveView(w http.ResponseWriter, r *http.Request, path string) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		fail(w, refuse(UnknownMethod, "%s can only be read", path))
	case path == "/status":
		h.serveStatus(w)
	case path == "/healthz":
		h.serveHealth(w)
	default:
		h.options.Metrics.ServeHTTP(w, r)
	}
}

// serveRequest serves what the store is asked for.
func (h *Handler) serveRequest(w http.ResponseWriter, r *http.Request, path string) {
	size := bodyBytes(r)
	if size > 0 {
		if !h.bodies.TryAcquire(size) {
			fail(w, refuse(replica.Overloaded, "the requests under way hold too much memory"))
			return
		}
		defer h.bodies.Release(size)
	}
	req, refusal := parse(r, path)
	if refusal != nil {
		fail(w, refusal)
		return
	}
	reply := h.store.Do(r.Context(), req)
	switch {
	case reply.Err != nil:
		fail(w, h.failure(req, reply))
	case req.Read != nil && !req.Read.Query.Range && !reply.Result.Found:
		missing := refuse(NotFound, "the key does not exist")
		missing.Consistency = label(req.Read.Consistency)
		fail(w, missing)
	default:
		h.succeed(w, req, reply)
	}
}

// failure puts a replica's error into words.
func (h *Handler) failure(req replica.Request, reply replica.Reply) *Error {
	failure := reply.Err
	e := &Error{
		Code: failure.Code, Message: explain(failure), Definite: failure.Definite,
		Leader: failure.Leader, LeaderAddress: h.address(failure.Leader),
	}
	if answered(failure.Code) && req.Command.Txn != nil {
		op := reply.Result.FailedOp
		e.Operation = &op
		e.Message = "an operation of the transaction cannot be done, so none was: " + e.Message
	}
	return e
}

func (h *Handler) address(id raft.ID) string {
	if id == raft.None {
		return ""
	}
	return h.store.ClientAddr(id)
}
