package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"senkei/node/raft"
)

const (
	dialTimeout = 500 * time.Millisecond
	minBackoff  = 10 * time.Millisecond
	maxBackoff  = 500 * time.Millisecond
	// userTimeout is how long sent data may stay unacknowledged before the connection
	// is given up. After a partition, TCP itself would wait ever longer before it tries
	// again, while a new connection works at once.
	userTimeout = time.Second
	// secureTimeout bounds the handshake of TLS.
	secureTimeout = 2 * time.Second
	// guestIdleTime is how long a connection to a guest stays without a frame to send.
	guestIdleTime = 2 * time.Second
	// settleTime is how long a connection must last to count as made. The other end
	// accepts first and refuses then, by closing.
	settleTime = 100 * time.Millisecond
)

// dialer leaves Go's default in place by which small writes are sent at once
// (TCP_NODELAY).
var dialer = net.Dialer{
	Timeout:         dialTimeout,
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 3},
	Control:         setUserTimeout,
}

// keepConnected dials the peer again and again and sends what is queued for it; a guest,
// whenever something is.
func (t *Transport) keepConnected(ctx context.Context, p *peer, r route) {
	logger := t.cfg.Logger.With("peer", string(p.id), "addr", r.addr)
	backoff, told := minBackoff, false // told is whether the log says that the peer is away
	for {
		if r.guest && !p.queue.await(ctx) {
			return
		}
		settled, err := t.connectOnce(ctx, p, r, func() { logger.Info("connected to peer") })
		if ctx.Err() != nil {
			return
		}
		if settled {
			backoff, told = minBackoff, false
		}
		if errors.Is(err, errIdle) {
			continue
		}
		if !told {
			logger.Warn("no connection to peer", "err", err)
			told = true
		}
		pause(ctx, backoff/2+rand.N(backoff/2))
		backoff = min(2*backoff, maxBackoff)
	}
}

// connectOnce returns when the connection has ended, with the reason, and whether it
// had settled, of which onSettled tells at once.
func (t *Transport) connectOnce(ctx context.Context, p *peer, r route, onSettled func()) (settled bool, err error) {
	tcp, conn, err := t.dial(ctx, p.id, r.addr)
	if err != nil {
		// Old news would only delay the new once the peer is back; Raft repeats what
		// still matters.
		p.dropped.Add(uint64(len(p.queue.take())))
		return false, err
	}
	// As in serve, TLS says no farewell.
	stop := context.AfterFunc(ctx, func() { _ = tcp.Close() })
	defer stop()
	defer func() { _ = tcp.Close() }()
	gone := make(chan error, 1)
	t.running.Go(func() { gone <- awaitEnd(tcp, conn) })

	greeting, err := t.cfg.hello(p.id)
	if err != nil {
		return false, err
	}
	w := frameWriter{conn: conn}
	if err := w.write(greeting); err != nil {
		return false, err
	}
	settle, idle := time.NewTimer(settleTime), time.NewTimer(guestIdleTime)
	defer settle.Stop()
	defer idle.Stop()
	for {
		// What was queued while a write was under way goes out together.
		if frames := p.queue.take(); len(frames) > 0 {
			if err := w.write(frames...); err != nil {
				p.dropped.Add(uint64(len(frames)))
				return settled, err
			}
			p.sent.Add(uint64(len(frames)))
			idle.Reset(guestIdleTime)
		}
		select {
		case err := <-gone:
			return settled, err
		case <-settle.C:
			settled = true
			onSettled()
		case <-idle.C:
			if r.guest {
				return settled, errIdle
			}
		case <-p.queue.ready:
		}
	}
}

// errIdle ends a connection to a guest for which there is nothing to send.
var errIdle = errors.New("there is nothing to send")

// dial connects to a server. It returns the connection itself, to be closed, and what is
// written to, which is TLS where that is on.
func (t *Transport) dial(ctx context.Context, to raft.ID, addr string) (tcp, conn net.Conn, err error) {
	tcp, err = dialer.DialContext(ctx, "tcp", addr)
	if err != nil || t.cfg.Security == nil {
		return tcp, tcp, err
	}
	secured := tls.Client(tcp, t.cfg.Security.dialling(to))
	ctx, cancel := context.WithTimeout(ctx, secureTimeout)
	defer cancel()
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = tcp.Close() // nothing was written that matters
		return nil, nil, fmt.Errorf("agree on TLS: %w", err)
	}
	return tcp, secured, nil
}

// awaitEnd returns when the connection has ended. The other end never writes, so that
// only its end can be read; a write notices it much later.
func awaitEnd(tcp, conn net.Conn) error {
	n, err := conn.Read(make([]byte, 1))
	_ = tcp.Close() // ends a write in progress; the reason is err
	switch {
	case n > 0:
		return errors.New("the peer answered where nothing is due")
	case errors.Is(err, io.EOF):
		return errors.New("the peer closed the connection")
	default:
		return err
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
