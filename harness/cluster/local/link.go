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

// link decides whether what one node sends to another arrives. It covers both the
// connections that the sender has dialled and what it answers on those that the
// receiver has dialled.
type link struct {
	mu     sync.Mutex // taken before the mutex of a relay
	cut    bool
	relays map[*relay]struct{}
}

func newLink() *link { return &link{relays: map[*relay]struct{}{}} }

// pair is one connection through a proxy: its two ends.
type pair struct {
	client *net.TCPConn
	server *net.TCPConn // nil if the link was cut when the client dialled
	// aborted means that the proxy itself has closed one end, of which the other
	// must not learn.
	aborted atomic.Bool
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

// relay carries one direction of a pair.
type relay struct {
	pair *pair
	src  *net.TCPConn
	dst  *net.TCPConn // nil where pair.server is

	mu   sync.Mutex // held while writing to dst
	drop bool
	lost bool // dst has missed something: the stream cannot go on
}

// add enters a relay into the link.
func (l *link) add(p *relay) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.drop = l.cut
	l.relays[p] = struct{}{}
}

// addIfCut enters a relay that leads nowhere, unless the link is whole.
func (l *link) addIfCut(p *relay) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		p.drop, p.lost = true, true
		l.relays[p] = struct{}{}
	}
	return l.cut
}

func (l *link) remove(p *relay) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.relays, p)
}

// sever cuts the link. When it returns, no byte is on the way to the receiver and none
// will be.
func (l *link) sever() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for p := range l.relays {
		p.stop()
	}
}

// mend ends the cut. Connections that have missed something are reset, so that
// their ends dial again; the others go on.
func (l *link) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.cut {
		return
	}
	l.cut = false
	for p := range l.relays {
		p.resume()
	}
}

func (p *relay) stop() {
	if p.dst == nil {
		return
	}
	// A write that waits for a slow receiver ends, and with it the wait for p.mu.
	_ = p.dst.SetWriteDeadline(time.Unix(1, 0))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop = true
	if undelivered(p.dst) {
		p.lost = true
		p.pair.aborted.Store(true)
		abort(p.dst)
	}
}

func (p *relay) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost {
		p.pair.reset()
		return
	}
	p.drop = false
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
func (p *relay) run() {
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

func (p *relay) pass(b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drop {
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
func (p *relay) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.drop:
		p.lost = true
	case p.pair.aborted.Load():
	case err == io.EOF:
		_ = p.dst.CloseWrite()
	default:
		p.pair.reset()
	}
}
