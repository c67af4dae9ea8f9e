package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"senkei/node/api"
	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
	"senkei/node/transport"
)

// Config describes one node. The listeners and the storage become the server's, which
// closes them.
type Config struct {
	Replica replica.Config
	// Bootstrap is the configuration that a new cluster begins with, the same for all its
	// members. It counts only while the storage is empty; a node without one waits to be
	// added to a cluster.
	Bootstrap raft.Configuration
	// PeerAddrs says where to dial servers, host:port, in place of the address that the
	// configuration has for them.
	PeerAddrs     map[raft.ID]string
	Cluster       string              // servers of clusters with other names are refused
	PeerAdvertise string              // where the other servers dial this one, host:port
	PeerSecurity  *transport.Security // nil speaks to peers without TLS
	Peers         net.Listener        // a TCP listener for the other servers
	Clients       net.Listener
	Token         string // that clients must present, empty for none
	Advertise     string // the address that others tell clients to reach this node, host:port
	Storage       storage.Store
	Log           *slog.Logger // nil drops everything
	Trace         io.Writer    // takes a line of JSON for each turn of events; nil writes none
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
	disk    *disk
	trace   *trace

	requests chan request
	frames   frames
	status   atomic.Pointer[replica.Status]
	ended    chan struct{} // closed once nothing is answered any more

	// Only the loop touches these.
	waiting map[uint64]chan<- replica.Reply // by Request.ID
	lastID  uint64
	writes  []replica.Effect // of the round under way
}

// New loads what the storage holds and begins to listen to peers; clients are served
// once Run is called.
func New(cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		cfg: cfg, log: cfg.Log, began: time.Now(),
		requests: make(chan request, limits.RequestsMax), ended: make(chan struct{}),
		frames: frames{queue: make(chan replica.Received, limits.ReceivedFramesMax)}, waiting: map[uint64]chan<- replica.Reply{},
	}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, cfg.Peers.Close(), cfg.Clients.Close(), cfg.Storage.Close())
	}
	return s, nil
}

func (s *Server) start() error {
	found, err := s.load()
	if err != nil {
		return err
	}
	s.replica, err = replica.New(s.cfg.Replica, found, s.now())
	if err != nil {
		return err
	}
	status := s.replica.Status()
	s.status.Store(&status)
	s.log.Info("starts", "servers", found.Base.Configuration, "peer-listen", s.cfg.Peers.Addr().String(),
		"client-listen", s.cfg.Clients.Addr().String(), "term", found.Hard.Term, "base", found.Base.Index,
		"entries", len(found.Entries), "applied", found.State.Applied, "keys", len(found.State.Items))
	s.peers, err = transport.New(s.cfg.Peers, transport.Config{
		ID: s.cfg.Replica.ID, Cluster: s.cfg.Cluster, Security: s.cfg.PeerSecurity,
		PeerAddr: s.cfg.PeerAdvertise, ClientAddr: s.cfg.Advertise,
		Deliver: s.frames.deliver, Logger: s.log,
	})
	if err != nil {
		return err
	}
	s.metrics = newMetrics(s)
	s.disk = newDisk(s.cfg.Storage, s.metrics)
	s.trace = newTrace(s.cfg.Trace, s.log)
	s.introduce()
	s.web = api.NewServer(api.NewHandler(s, api.HandlerOptions{Metrics: s.metrics.handler(), Token: s.cfg.Token}), s.log)
	return nil
}

// load finds what an earlier life left, or founds a cluster.
func (s *Server) load() (replica.Disk, error) {
	found, err := s.cfg.Storage.Load()
	if err != nil || !found.Blank() || len(s.cfg.Bootstrap.Servers) == 0 {
		return found, err
	}
	if !s.cfg.Bootstrap.Voter(s.cfg.Replica.ID) {
		return found, fmt.Errorf("server %q is not among those that the cluster begins with: %s", s.cfg.Replica.ID, s.cfg.Bootstrap)
	}
	founding := replica.Founding(s.cfg.Bootstrap)
	return founding, s.cfg.Storage.Bootstrap(founding)
}

// Run serves until ctx ends, which is a clean stop and no error, or until the disk or a
// listener fails. It may be called once, and returns when everything is closed.
func (s *Server) Run(ctx context.Context) error {
	running, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := s.web.Serve(s.cfg.Clients); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("serve clients: %w", err))
		}
	})
	unwatch := context.AfterFunc(ctx, func() {
		s.handOver()
		stop(nil)
	})
	go s.disk.run()
	err := s.loop(running)
	if err == nil && ctx.Err() == nil {
		err = context.Cause(running)
	}
	unwatch()
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

// handOver gives the leadership, if this node has it, to another server, so that the
// others need not wait for an election timeout. It takes two of these at most.
func (s *Server) handOver() {
	if s.status.Load().Role != raft.Leader {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*s.cfg.Replica.ElectionTimeout)
	defer cancel()
	reply := s.do(ctx, replica.Request{Transfer: &replica.Transfer{}})
	if reply.Err != nil {
		s.log.Info("stops as the leader", "because", reply.Err.Code)
	}
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
	return errors.Join(err, s.peers.Close(), s.disk.close())
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
