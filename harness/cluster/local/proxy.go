package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// connsMax bounds the connections of one proxy; more wait in the kernel's backlog.
const connsMax = 1024

// proxy carries the connections that one node dials to one peer.
type proxy struct {
	proxyOptions
	listener net.Listener
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup
	slots    chan struct{}
}

type proxyOptions struct {
	target   string // host:port of the peer
	forward  *link  // from the dialling node to the peer
	backward *link  // from the peer to the dialling node
}

// newProxy listens on a port of 127.0.0.1 that it keeps until Close.
func newProxy(o proxyOptions) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("proxy to %s: %w", o.target, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &proxy{proxyOptions: o, listener: l, ctx: ctx, cancel: cancel, slots: make(chan struct{}, connsMax)}
	p.running.Go(p.accept)
	return p, nil
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

// close resets all connections and waits for their goroutines.
func (p *proxy) close() {
	p.cancel()
	_ = p.listener.Close()
	p.running.Wait()
}

func (p *proxy) accept() {
	for {
		select {
		case p.slots <- struct{}{}:
		case <-p.ctx.Done():
			return
		}
		conn, err := p.listener.Accept()
		switch {
		case err == nil:
			p.running.Go(func() {
				p.serve(conn.(*net.TCPConn))
				<-p.slots
			})
		case errors.Is(err, net.ErrClosed):
			return
		default: // out of file descriptors, which others may give back
			<-p.slots
			select {
			case <-time.After(10 * time.Millisecond):
			case <-p.ctx.Done():
			}
		}
	}
}

func (p *proxy) serve(client *net.TCPConn) {
	hole := &pair{client: client}
	if into := (&relay{pair: hole, src: client}); p.forward.addIfCut(into) {
		defer p.forward.remove(into)
		defer hole.reset()
		defer context.AfterFunc(p.ctx, hole.reset)()
		into.run()
		return
	}
	dialer := net.Dialer{Timeout: 5 * time.Second}
	server, err := dialer.DialContext(p.ctx, "tcp", p.target)
	if err != nil {
		abort(client)
		return
	}
	p.join(&pair{client: client, server: server.(*net.TCPConn)})
}

// join carries both directions until both have ended.
func (p *proxy) join(both *pair) {
	defer context.AfterFunc(p.ctx, both.reset)()
	to := &relay{pair: both, src: both.client, dst: both.server}
	from := &relay{pair: both, src: both.server, dst: both.client}
	p.forward.add(to)
	p.backward.add(from)
	var running sync.WaitGroup
	running.Go(to.run)
	running.Go(from.run)
	running.Wait()
	p.forward.remove(to)
	p.backward.remove(from)
	if to.lost || from.lost {
		both.reset()
		return
	}
	_ = both.client.Close()
	_ = both.server.Close()
}
