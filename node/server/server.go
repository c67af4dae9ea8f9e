package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"senkei/node/api"
	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/transport"
)

// Storage keeps what a restart must find. An error of it is final.
type Storage interface {
	Load() (replica.Disk, error)
	// Persist returns when the whole batch is durable.
	Persist(batch []replica.Persist) error
	// Apply need not wait for the disk.
	Apply(changes []kv.Change) error
	// Failed delivers an error that happened beside the calls.
	Failed() <-chan error
	Close() error
}

// Config describes one node. The listeners and the storage become the server's, which
// closes them.
type Config struct {
	Replica   replica.Config
	PeerAddrs map[raft.ID]string // where to dial each server, host:port
	Peers     net.Listener       // a TCP listener for the other servers
	Clients   net.Listener
	Advertise string // the address that others tell clients to reach this node, host:port
	Storage   Storage
	Log       *slog.Logger // nil drops everything
}

// Server is one running node. It is the api.Store behind its own HTTP interface.
type Server struct {
	cfg     Config
	log     *slog.Logger
	began   time.Time
	replica *replica.Replica
	peers   *transport.Transport
	web     *http.Server
	metrics *metrics

	requests chan request
	frames   frames
	status   atomic.Pointer[replica.Status]
	ended    chan struct{} // closed once nothing is answered any more

	// Only the loop touches these.
	waiting map[uint64]chan<- replica.Reply // by Request.ID
	lastID  uint64
	changes []kv.Change // applied in this round, not yet written
}

// New loads what the storage holds and begins to listen to peers; clients are served
// once Run is called.
func New(cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		cfg: cfg, log: cfg.Log, began: time.Now(),
		requests: make(chan request, requestsMax), ended: make(chan struct{}),
		frames: frames{queue: make(chan replica.Received, framesMax)}, waiting: map[uint64]chan<- replica.Reply{},
	}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, cfg.Peers.Close(), cfg.Clients.Close(), cfg.Storage.Close())
	}
	return s, nil
}

func (s *Server) start() error {
	disk, err := s.cfg.Storage.Load()
	if err != nil {
		return err
	}
	s.replica, err = replica.New(s.cfg.Replica, disk, s.now())
	if err != nil {
		return err
	}
	s.publish()
	s.log.Info("starts", "peers", s.cfg.PeerAddrs, "peer-listen", s.cfg.Peers.Addr().String(),
		"client-listen", s.cfg.Clients.Addr().String(), "term", disk.Hard.Term,
		"entries", len(disk.Entries), "applied", disk.State.Applied, "keys", len(disk.State.Items))
	s.peers, err = transport.New(s.cfg.Peers, transport.Config{
		ID: s.cfg.Replica.ID, Peers: s.cfg.PeerAddrs, ClientAddr: s.cfg.Advertise,
		Deliver: s.frames.deliver, Logger: s.log,
	})
	if err != nil {
		return err
	}
	s.metrics = newMetrics(s)
	s.web = api.NewServer(api.NewHandler(s, s.metrics.handler()), s.log)
	return nil
}

// Run serves until ctx ends, which is a clean stop and no error, or until the disk or a
// listener fails. It may be called once, and returns when everything is closed.
func (s *Server) Run(ctx context.Context) error {
	running, stop := context.WithCancelCause(ctx)
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := s.web.Serve(s.cfg.Clients); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("serve clients: %w", err))
		}
	})
	err := s.loop(running)
	if err == nil && ctx.Err() == nil {
		err = context.Cause(running)
	}
	close(s.ended)
	if closing := s.close(); err == nil {
		err = closing // otherwise what went wrong first says it all
	}
	stop(nil)
	serving.Wait()
	if err == nil {
		s.log.Info("stopped", "after", time.Since(s.began).Round(time.Millisecond))
	}
	return err
}

// stopTimeout bounds the wait for answers that clients are slow to take.
const stopTimeout = time.Second

// close ends the conversation with clients, then with peers, then the storage, each of
// which needs the next.
func (s *Server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := s.web.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.web.Close()
	}
	return errors.Join(err, s.peers.Close(), s.cfg.Storage.Close())
}

// now is the replica's clock.
func (s *Server) now() time.Duration { return time.Since(s.began) }

// Status returns how the node sees itself, and false once it has stopped.
func (s *Server) Status() (replica.Status, bool) {
	select {
	case <-s.ended:
		return *s.status.Load(), false
	default:
		return *s.status.Load(), true
	}
}

// ClientAddr returns where clients reach a server, empty where unknown.
func (s *Server) ClientAddr(id raft.ID) string { return s.peers.ClientAddr(id) }
