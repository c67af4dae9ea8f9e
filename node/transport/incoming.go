package transport

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"senkei/node/limits"
)

// handshakeTimeout bounds what comes before the first frame.
const handshakeTimeout = 5 * time.Second

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

// serve reads one connection to its end. It is closed without TLS's farewell, for which a
// peer that does not read would make this server wait.
func (t *Transport) serve(ctx context.Context, conn net.Conn) {
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	r, h, err := t.greet(ctx, conn)
	if err == nil {
		err = t.receive(h, conn, r)
	}
	if err != nil && ctx.Err() == nil {
		t.refuse(conn, err)
	}
}

// greet reads the handshake, for which the other end has handshakeTimeout, and returns
// where to read what follows.
func (t *Transport) greet(ctx context.Context, conn net.Conn) (io.Reader, hello, error) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		alive := net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: time.Second, Count: 5}
		if err := tcp.SetKeepAliveConfig(alive); err != nil {
			return nil, hello{}, fmt.Errorf("set keep-alive: %w", err)
		}
	}
	if err := conn.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return nil, hello{}, fmt.Errorf("set deadline of handshake: %w", err)
	}
	var chain []*x509.Certificate
	tcp := conn
	if t.cfg.Security != nil {
		secured := tls.Server(conn, t.cfg.Security.accepting())
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, hello{}, fmt.Errorf("agree on TLS: %w", err)
		}
		chain, conn = secured.ConnectionState().PeerCertificates, secured
	}
	r := bufio.NewReaderSize(conn, bufferBytes)
	data, err := readFrame(r, limits.HelloBytesMax)
	if err != nil {
		return nil, hello{}, fmt.Errorf("read handshake: %w", err)
	}
	h, err := decodeHello(data)
	if err != nil {
		return nil, hello{}, err
	}
	if err := h.check(t.cfg.ID, t.cfg.Cluster); err != nil {
		return nil, hello{}, err
	}
	if t.cfg.Security != nil {
		if err := requireName(chain, h.From); err != nil {
			return nil, hello{}, err
		}
	}
	if err := tcp.SetDeadline(time.Time{}); err != nil {
		return nil, hello{}, fmt.Errorf("lift deadline of handshake: %w", err)
	}
	return r, h, nil
}

// receive delivers the frames of a connection in place of those of the one before. It
// returns nil when the connection has ended, or why it is refused.
func (t *Transport) receive(h hello, conn net.Conn, r io.Reader) error {
	in := &inbound{conn: conn, done: make(chan struct{})}
	p, before, err := t.join(in, h)
	if err != nil {
		return err
	}
	defer t.leave(p, in)
	if before != nil {
		<-before.done // so that frames stay in order
	}
	for {
		frame, err := readFrame(r, limits.FrameBytesMax)
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
