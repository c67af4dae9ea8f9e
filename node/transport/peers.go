package transport

import (
	"cmp"
	"context"
	"fmt"
	"sync/atomic"

	"senkei/node/limits"
	"senkei/node/raft"
)

// peer is another server. It is a member if Config.Peers or SetPeers names it; else it is a
// guest, which is known for as long as it holds a connection to this server. A new server
// hears its leader as a guest before it learns that it has one, because servers take
// messages of servers that are not in their configuration (thesis §4.1).
type peer struct {
	id    raft.ID
	queue queue

	sent, received, dropped atomic.Uint64

	// Transport.mu guards the rest.
	member     bool
	memberAddr string // where it is dialled as Config.Peers or SetPeers says
	helloAddr  string // and as it says itself
	clientAddr string
	inbound    *inbound // the connection whose frames are delivered, or nil
	connected  int      // inbound connections, those included that inbound replaced

	route  route
	hangUp context.CancelFunc
	ended  <-chan struct{} // closed when nobody dials by an earlier route any more
}

// route is how a peer is dialled.
type route struct {
	addr  string // host:port; empty where nobody knows, so that nobody dials
	guest bool   // connected only while there is something to send
}

func newPeer(id raft.ID) *peer {
	ended := make(chan struct{})
	close(ended)
	return &peer{id: id, queue: newQueue(), hangUp: func() {}, ended: ended}
}

// SetPeers replaces the set of servers that are dialled, host:port each; the own entry is
// ignored, and one without an address is dialled where its own handshake says. Those that
// have left are hung up, and those whose address changed are dialled again, with the frames
// that wait for them. It does not wait for any of this.
func (t *Transport) SetPeers(addrs map[raft.ID]string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	for id, addr := range addrs {
		if id == t.cfg.ID {
			continue
		}
		p, known := t.peers[id]
		if !known {
			p = newPeer(id)
			t.peers[id] = p
		}
		p.member, p.memberAddr = true, addr
		t.reroute(p)
	}
	for id, p := range t.peers {
		if _, stays := addrs[id]; !stays && p.member {
			p.member, p.memberAddr = false, ""
			t.reroute(p)
		}
	}
}

// reroute dials a peer as what is known about it now demands, and forgets a guest that is
// not connected. It expects t.mu to be locked.
func (t *Transport) reroute(p *peer) {
	want := route{addr: cmp.Or(p.memberAddr, p.helloAddr), guest: !p.member}
	gone := !p.member && p.connected == 0
	if gone {
		delete(t.peers, p.id)
		want.addr = ""
	}
	if want == p.route {
		return
	}
	p.hangUp()
	p.route = want
	if want.addr == "" {
		p.hangUp = func() {}
		p.dropped.Add(uint64(len(p.queue.take())))
		return
	}
	ctx, hangUp := context.WithCancel(t.ctx)
	before, ended := p.ended, make(chan struct{})
	p.hangUp, p.ended = hangUp, ended
	t.running.Go(func() {
		defer close(ended)
		<-before // two connections at once would mix up the order of frames
		t.keepConnected(ctx, p, want)
	})
}

// join puts a connection in the place of the one that its peer had before, which it ends
// and returns.
func (t *Transport) join(in *inbound, h hello) (p *peer, before *inbound, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, known := t.peers[h.From]
	switch {
	case !known && t.guests() >= limits.GuestsMax:
		return nil, nil, fmt.Errorf("from server %q, which is none of the peers: %w", h.From, errTooMany)
	case !known:
		p = newPeer(h.From)
		t.peers[h.From] = p
	case p.connected >= limits.ConnectionsPerServerMax:
		return nil, nil, fmt.Errorf("from server %q: %w", h.From, errTooMany)
	}
	before = p.inbound
	if before != nil {
		_ = before.conn.Close() // its reader ends by the error it gets
	}
	p.connected++
	p.inbound = in
	p.clientAddr, p.helloAddr = h.ClientAddr, h.PeerAddr
	t.reroute(p)
	return p, before, nil
}

func (t *Transport) leave(p *peer, in *inbound) {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(in.done)
	p.connected--
	if p.inbound == in {
		p.inbound = nil
	}
	t.reroute(p)
}

// guests counts them. It expects t.mu to be locked.
func (t *Transport) guests() int {
	n := 0
	for _, p := range t.peers {
		if !p.member {
			n++
		}
	}
	return n
}
