package local

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// gate decides for one link whether what is sent on it arrives. It covers both the
// connections that the sender has dialled and what it answers on those that the
// receiver has dialled.
type gate struct {
	mu    sync.Mutex // taken before the mutex of a pump
	cut   bool
	pumps map[*pump]struct{}
}

func newGate() *gate { return &gate{pumps: map[*pump]struct{}{}} }

// pair is one connection through a proxy: its two ends.
type pair struct {
	client *net.TCPConn
	server *net.TCPConn // nil if the link was cut when the client dialled
	// severed means that the proxy itself has closed one end, of which the other
	// must not learn.
	severed atomic.Bool
}

// reset drops both ends without delivering what is still on the way.
func (p *pair) reset() {
	abort(p.client)
	if p.server != nil {
		abort(p.server)
	}
}

// abort makes the kernel discard its send queue and send a reset. Whether the
// connection was still open makes no difference.
func abort(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	_ = conn.Close()
}

// pump carries one direction of a pair.
type pump struct {
	pair *pair
	src  *net.TCPConn
	dst  *net.TCPConn // nil where pair.server is

	mu      sync.Mutex // held while writing to dst
	swallow bool
	lost    bool // dst has missed something: the stream cannot go on
}

// add enters a pump into the gate.
func (g *gate) add(p *pump) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p.swallow = g.cut
	g.pumps[p] = struct{}{}
}

// addIfCut enters a pump that leads nowhere, unless the link is whole.
func (g *gate) addIfCut(p *pump) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cut {
		p.swallow, p.lost = true, true
		g.pumps[p] = struct{}{}
	}
	return g.cut
}

func (g *gate) remove(p *pump) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.pumps, p)
}

// shut cuts the link. When it returns, no byte is on the way to the receiver and none
// will be.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cut = true
	for p := range g.pumps {
		p.stop()
	}
}

// open mends the link. Connections that have missed something are reset, so that
// their ends dial again; the others go on.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.cut {
		return
	}
	g.cut = false
	for p := range g.pumps {
		p.resume()
	}
}

func (p *pump) stop() {
	if p.dst == nil {
		return
	}
	// A write that waits for a slow receiver ends, and with it the wait for p.mu.
	_ = p.dst.SetWriteDeadline(time.Unix(1, 0))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swallow = true
	if undelivered(p.dst) {
		p.lost = true
		p.pair.severed.Store(true)
		abort(p.dst)
	}
}

func (p *pump) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost {
		p.pair.reset()
		return
	}
	p.swallow = false
	_ = p.dst.SetWriteDeadline(time.Time{})
}

// undelivered reports whether the kernel holds bytes that the receiver's kernel has not
// acknowledged.
func undelivered(conn *net.TCPConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false // closed, with nothing to deliver
	}
	var queued int
	var failed error
	err = raw.Control(func(fd uintptr) { queued, failed = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	return err == nil && (failed != nil || queued > 0)
}

// run copies until src ends. It reads no more than dst takes, so that a slow receiver
// slows the sender.
func (p *pump) run() {
	buf := make([]byte, 32<<10)
	for {
		n, err := p.src.Read(buf)
		if err == nil {
			err = p.pass(buf[:n])
		}
		if err != nil {
			p.end(err)
			return
		}
	}
}

func (p *pump) pass(b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.swallow {
		p.lost = true
		return nil
	}
	_, err := p.dst.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) { // stop is waiting for p.mu
		p.lost = true
		return nil
	}
	return err
}

// end tells the receiver how src ended, unless the link is cut: an end is sent like
// any byte.
func (p *pump) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.swallow:
		p.lost = true
	case p.pair.severed.Load():
	case err == io.EOF:
		_ = p.dst.CloseWrite()
	default:
		p.pair.reset()
	}
}
