package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"

	"senkei/node/raft"
)

// Config describes one end of the network.
type Config struct {
	ID    raft.ID
	Peers map[raft.ID]string // where to dial each server, host:port; the own entry is ignored
	// ClientAddr is what this server tells its peers as the address for clients.
	ClientAddr string
	// Deliver takes a frame, which is its to keep. It is called by several goroutines,
	// but one at a time for each sender. While it blocks, no more is read from that
	// sender; Close waits for it.
	Deliver func(from raft.ID, frame []byte)
	Logger  *slog.Logger // nil logs nothing
}

// Transport sends frames to the other servers and delivers theirs. Between two servers
// there is one connection for each direction; the sender dials it, and redials it
// whenever it ends.
type Transport struct {
	cfg      Config
	listener net.Listener
	peers    map[raft.ID]*peer
	slots    chan struct{} // one for each inbound connection
	refusals refusals
	cancel   context.CancelFunc
	running  sync.WaitGroup
}

// peer is one of the other servers.
type peer struct {
	id    raft.ID
	addr  string
	hello []byte // what this server says when it connects
	queue queue

	sent, received, dropped atomic.Uint64

	mu         sync.Mutex
	clientAddr string
	inbound    *inbound // the connection whose frames are delivered, or nil
	connected  int      // inbound connections, those included that inbound replaced
}

// PeerStats counts frames since the start.
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
	if cfg.ID == raft.None {
		return nil, errors.New("start transport: no server ID")
	}
	if cfg.Deliver == nil {
		return nil, errors.New("start transport: nobody takes the frames")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	t := &Transport{
		cfg:      cfg,
		listener: listener,
		peers:    make(map[raft.ID]*peer, len(cfg.Peers)),
		slots:    make(chan struct{}, maxInbound),
	}
	for id, addr := range cfg.Peers {
		if id == cfg.ID {
			continue
		}
		greeting, err := encodeHello(hello{From: cfg.ID, To: id, ClientAddr: cfg.ClientAddr})
		if err != nil {
			return nil, fmt.Errorf("start transport to %s: %w", id, err)
		}
		t.peers[id] = &peer{id: id, addr: addr, hello: greeting, queue: newQueue()}
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.cancel = cancel
	t.running.Go(func() { t.accept(ctx) })
	for _, p := range t.peers {
		t.running.Go(func() { t.keepConnected(ctx, p) })
	}
	return t, nil
}

// Addr is where the transport listens.
func (t *Transport) Addr() net.Addr { return t.listener.Addr() }

// Send queues a frame for a peer and returns at once. The frame is dropped if it is
// longer than MaxFrameBytes, if the queue is full or if there is no such peer. The
// caller must not change it any more.
func (t *Transport) Send(to raft.ID, frame []byte) {
	p, known := t.peers[to]
	if known && !p.queue.push(frame) {
		p.dropped.Add(1)
	}
}

// ClientAddr is the address for clients that a server advertised last, or "" as long
// as it has not been heard of.
func (t *Transport) ClientAddr(id raft.ID) string {
	if id == t.cfg.ID {
		return t.cfg.ClientAddr
	}
	p, known := t.peers[id]
	if !known {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clientAddr
}

// Stats counts the frames of every peer.
func (t *Transport) Stats() map[raft.ID]PeerStats {
	stats := make(map[raft.ID]PeerStats, len(t.peers))
	for id, p := range t.peers {
		stats[id] = PeerStats{Sent: p.sent.Load(), Received: p.received.Load(), Dropped: p.dropped.Load()}
	}
	return stats
}

// Close ends all connections and waits until nothing is delivered any more. Frames
// still queued are lost. It must be called once.
func (t *Transport) Close() error {
	t.cancel()
	err := t.listener.Close()
	t.running.Wait()
	if err != nil {
		return fmt.Errorf("close transport: %w", err)
	}
	return nil
}
