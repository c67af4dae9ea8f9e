package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"senkei/node/limits"
	"senkei/node/raft"
)

// Config describes one end of the network.
type Config struct {
	ID raft.ID
	// Peers is the set of servers that are dialled at first, as SetPeers takes it.
	Peers map[raft.ID]string
	// ClientAddr is what this server tells its peers as the address for clients.
	ClientAddr string
	// PeerAddr is where others dial this server, host:port, for those that do not know yet.
	// It may be empty; then only who knows the address by other means can answer.
	PeerAddr string
	// Cluster is a name that keeps clusters apart: servers whose names for it differ refuse
	// each other. It may be empty.
	Cluster string
	// Security turns on TLS, which then all servers must use; nil leaves it off.
	Security *Security
	// Deliver takes a frame, which is its to keep. It is called by several goroutines,
	// but one at a time for each sender. While it blocks, no more is read from that
	// sender; Close waits for it.
	Deliver func(from raft.ID, frame []byte)
	Logger  *slog.Logger // nil logs nothing
}

// Transport sends frames to the other servers and delivers theirs. Between two servers
// there is one connection for each direction; the sender dials it, and redials it
// whenever it ends. Messages of servers that are not in the set are delivered too, and
// Send reaches such a server for as long as it holds its connection and has said where to
// dial it.
type Transport struct {
	cfg      Config
	listener net.Listener
	slots    chan struct{} // one for each inbound connection
	refusals refusals
	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu     sync.RWMutex
	peers  map[raft.ID]*peer // members and guests
	closed bool
}

// PeerStats counts frames since the peer is known.
type PeerStats struct {
	Sent     uint64 // handed to the operating system
	Received uint64 // handed to Config.Deliver
	Dropped  uint64 // given to Send and then given up; a part of them may have arrived
}

// Listen opens addr, host:port, and starts a transport on it.
func Listen(addr string, cfg Config) (*Transport, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for peers: %w", err)
	}
	t, err := New(listener, cfg)
	if err != nil {
		_ = listener.Close() // the error that matters is the first one
		return nil, err
	}
	return t, nil
}

// New starts a transport on a TCP listener, which it closes in the end.
func New(listener net.Listener, cfg Config) (*Transport, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("start transport: %w", err)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	t := &Transport{
		cfg:      cfg,
		listener: listener,
		slots:    make(chan struct{}, limits.ConnectionsMax),
		peers:    map[raft.ID]*peer{},
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.running.Go(func() { t.accept(t.ctx) })
	t.SetPeers(cfg.Peers)
	return t, nil
}

func (cfg Config) validate() error {
	if cfg.ID == raft.None {
		return errors.New("no server ID")
	}
	if cfg.Deliver == nil {
		return errors.New("nobody takes the frames")
	}
	if _, err := cfg.hello(cfg.ID); err != nil {
		return err
	}
	if cfg.Security == nil {
		return nil
	}
	return cfg.Security.check(cfg.ID)
}

// hello is what this server says when it connects to another one.
func (cfg Config) hello(to raft.ID) ([]byte, error) {
	return encodeHello(hello{
		From: cfg.ID, To: to, ClientAddr: cfg.ClientAddr, PeerAddr: cfg.PeerAddr, Cluster: cfg.Cluster,
	})
}

// Addr is where the transport listens.
func (t *Transport) Addr() net.Addr { return t.listener.Addr() }

// Send queues a frame for a peer and returns at once. The frame is dropped if it is
// longer than limits.FrameBytesMax, if the queue is full, or if there is no such peer or
// nobody knows where to dial it. The caller must not change it any more.
func (t *Transport) Send(to raft.ID, frame []byte) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	p, known := t.peers[to]
	if known && (p.route.addr == "" || !p.queue.push(frame)) {
		p.dropped.Add(1)
	}
}

// ClientAddr is the address for clients that a server advertised last, or "" as long
// as it has not been heard of.
func (t *Transport) ClientAddr(id raft.ID) string {
	if id == t.cfg.ID {
		return t.cfg.ClientAddr
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	p, known := t.peers[id]
	if !known {
		return ""
	}
	return p.clientAddr
}

// Stats counts the frames of every peer, guests included.
func (t *Transport) Stats() map[raft.ID]PeerStats {
	t.mu.RLock()
	defer t.mu.RUnlock()
	stats := make(map[raft.ID]PeerStats, len(t.peers))
	for id, p := range t.peers {
		stats[id] = PeerStats{Sent: p.sent.Load(), Received: p.received.Load(), Dropped: p.dropped.Load()}
	}
	return stats
}

// Close ends all connections and waits until nothing is delivered any more. Frames
// still queued are lost. It must be called once.
func (t *Transport) Close() error {
	t.mu.Lock()
	t.closed = true // SetPeers starts nothing any more
	t.mu.Unlock()
	t.cancel()
	err := t.listener.Close()
	t.running.Wait()
	if err != nil {
		return fmt.Errorf("close transport: %w", err)
	}
	return nil
}
