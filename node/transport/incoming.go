package transport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

const (
	maxInbound        = 64 // connections in all
	maxInboundPerPeer = 4  // one, and the ones that it replaced and that have not ended yet
	handshakeTimeout  = 5 * time.Second
)

// inbound is one connection that a peer has dialled.
type inbound struct {
	conn net.Conn
	done chan struct{} // closed when nothing more of it is delivered
}

func (t *Transport) accept(ctx context.Context) {
	for {
		conn, err := t.listener.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = conn.Close() // nobody has read or written anything yet
			}
			return
		}
		if err != nil {
			t.cfg.Logger.Warn("no connection accepted", "err", err)
			pause(ctx, maxBackoff)
			continue
		}
		select {
		case t.slots <- struct{}{}:
			t.running.Go(func() {
				defer func() { <-t.slots }()
				t.serve(ctx, conn)
			})
		default:
			t.refuse(conn, errTooMany)
		}
	}
}

// refuse closes a connection and says why in the log, unless it said so just before.
func (t *Transport) refuse(conn net.Conn, reason error) {
	if t.refusals.isNew(reason.Error()) {
		t.cfg.Logger.Warn("refused a connection", "remote", conn.RemoteAddr().String(), "err", reason)
	}
	_ = conn.Close() // nothing was written
}

// serve reads one connection to its end.
func (t *Transport) serve(ctx context.Context, conn net.Conn) {
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	r := bufio.NewReaderSize(conn, bufferBytes)
	h, err := t.greet(conn, r)
	if err == nil {
		err = t.receive(t.peers[h.From], h, conn, r)
	}
	if err != nil && ctx.Err() == nil {
		t.refuse(conn, err)
	}
}

// greet reads the handshake, for which the other end has handshakeTimeout.
func (t *Transport) greet(conn net.Conn, r io.Reader) (hello, error) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		alive := net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: time.Second, Count: 5}
		if err := tcp.SetKeepAliveConfig(alive); err != nil {
			return hello{}, fmt.Errorf("set keep-alive: %w", err)
		}
	}
	if err := conn.SetReadDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return hello{}, fmt.Errorf("set deadline of handshake: %w", err)
	}
	data, err := readFrame(r, maxHelloBytes)
	if err != nil {
		return hello{}, fmt.Errorf("read handshake: %w", err)
	}
	h, err := decodeHello(data)
	if err != nil {
		return hello{}, err
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return hello{}, fmt.Errorf("lift deadline of handshake: %w", err)
	}
	return h, h.check(t.cfg.ID, t.peers)
}

// receive delivers the frames of a connection in place of those of the one before. It
// returns nil when the connection has ended, or why it is refused.
func (t *Transport) receive(p *peer, h hello, conn net.Conn, r io.Reader) error {
	in := &inbound{conn: conn, done: make(chan struct{})}
	before, err := p.join(in, h.ClientAddr)
	if err != nil {
		return err
	}
	defer p.leave(in)
	if before != nil {
		<-before.done // so that frames stay in order
	}
	for {
		frame, err := readFrame(r, MaxFrameBytes)
		if errors.Is(err, errFrameTooLong) {
			return fmt.Errorf("from server %q: %w", p.id, err)
		}
		if err != nil {
			return nil
		}
		p.received.Add(1)
		t.cfg.Deliver(p.id, frame)
	}
}

// join puts a connection in the place of the one before, which it ends and returns.
func (p *peer) join(in *inbound, clientAddr string) (before *inbound, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.connected >= maxInboundPerPeer {
		return nil, fmt.Errorf("from server %q: %w", p.id, errTooMany)
	}
	before = p.inbound
	if before != nil {
		_ = before.conn.Close() // its reader ends by the error it gets
	}
	p.connected++
	p.inbound = in
	p.clientAddr = clientAddr
	return before, nil
}

func (p *peer) leave(in *inbound) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(in.done)
	p.connected--
	if p.inbound == in {
		p.inbound = nil
	}
}
