package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"time"
)

const (
	dialTimeout = 500 * time.Millisecond
	minBackoff  = 10 * time.Millisecond
	maxBackoff  = 500 * time.Millisecond
	// userTimeout is how long sent data may stay unacknowledged before the connection
	// is given up. After a partition, TCP itself would wait ever longer before it tries
	// again, while a new connection works at once.
	userTimeout = time.Second
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

// keepConnected dials the peer again and again and sends what is queued for it.
func (t *Transport) keepConnected(ctx context.Context, p *peer) {
	logger := t.cfg.Logger.With("peer", string(p.id), "addr", p.addr)
	backoff, told := minBackoff, false // told is whether the log says that the peer is away
	for {
		settled, err := t.connectOnce(ctx, p, func() { logger.Info("connected to peer") })
		if ctx.Err() != nil {
			return
		}
		if settled {
			backoff, told = minBackoff, false
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
func (t *Transport) connectOnce(ctx context.Context, p *peer, onSettled func()) (settled bool, err error) {
	conn, err := dialer.DialContext(ctx, "tcp", p.addr)
	if err != nil {
		// Old news would only delay the new once the peer is back; Raft repeats what
		// still matters.
		p.dropped.Add(uint64(len(p.queue.take())))
		return false, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() { _ = conn.Close() }()
	gone := make(chan error, 1)
	t.running.Go(func() { gone <- awaitEnd(conn) })

	w := bufio.NewWriterSize(conn, bufferBytes)
	if err := writeFrames(w, p.hello); err != nil {
		return false, err
	}
	settle := time.NewTimer(settleTime)
	defer settle.Stop()
	for {
		select {
		case err := <-gone:
			return settled, err
		case <-settle.C:
			settled = true
			onSettled()
		case <-p.queue.ready:
			frames := p.queue.take()
			if err := writeFrames(w, frames...); err != nil {
				p.dropped.Add(uint64(len(frames)))
				return settled, err
			}
			p.sent.Add(uint64(len(frames)))
		}
	}
}

// awaitEnd returns when the connection has ended. The other end never writes, so that
// only its end can be read; a write notices it much later.
func awaitEnd(conn net.Conn) error {
	n, err := conn.Read(make([]byte, 1))
	_ = conn.Close() // ends a write in progress; the reason is err
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
