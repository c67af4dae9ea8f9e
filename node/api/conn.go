package api

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"senkei/node/limits"
)

// answerBytesMax bounds an answer: the texts of the largest result, of which JSON escapes
// every byte, and what stands between them.
const answerBytesMax = 6*(limits.ResultBytesMax+limits.KeyBytesMax) + 100*(limits.RangeItemsMax+limits.TxnOpsMax)

// conn is one connection to a server that carries one request at a time. http.Transport
// would send a GET again by itself when a connection that it reuses breaks, and hides
// whether anything was sent; the client must know both.
type conn struct {
	net.Conn
	raw    syscall.Conn // the socket, below TLS where there is any
	reader *bufio.Reader
}

// answer is a response that was read to its end.
type answer struct {
	status int
	body   []byte
}

// dial connects to a server, with TLS where it is configured.
func dial(ctx context.Context, addr string, secure *tls.Config) (*conn, error) {
	var plain net.Dialer
	if secure == nil {
		c, err := plain.DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, err
		}
		return newConn(c, c)
	}
	secure = secure.Clone()
	secure.NextProtos = []string{"http/1.1"}
	dialer := tls.Dialer{NetDialer: &plain, Config: secure}
	c, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return newConn(c, c.(*tls.Conn).NetConn())
}

func newConn(c, socket net.Conn) (*conn, error) {
	raw, ok := socket.(syscall.Conn)
	if !ok {
		return nil, errors.Join(errors.New("the connection has no socket"), c.Close())
	}
	return &conn{Conn: c, raw: raw, reader: bufio.NewReader(c)}, nil
}

// exchange sends the request, which is complete, in one write and reads the answer. After an
// error, or if keep is false, the connection is of no further use, and after an error nobody
// knows what arrived.
func (c *conn) exchange(ctx context.Context, request []byte) (a answer, keep bool, err error) {
	// A deadline in the past interrupts reads and writes at once.
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	a, keep, err = c.roundTrip(request)
	interrupted := !stop()
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return a, keep && !interrupted, err
}

func (c *conn) roundTrip(request []byte) (answer, bool, error) {
	if _, err := c.Write(request); err != nil {
		return answer{}, false, err
	}
	resp, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return answer{}, false, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerBytesMax+1))
	if err == nil && len(body) > answerBytesMax {
		err = errors.New("the answer is too long")
	}
	return answer{status: resp.StatusCode, body: body}, err == nil && !resp.Close, err
}

// idle reports whether the connection can carry a request: one that the server has closed
// since the last answer has an end of file, or of TLS, to read. To find out costs a system
// call and saves the doubt about a request that never had a chance to arrive. What TLS has
// read already and not yet handed out is not seen; it can only be the end of TLS, and the
// end of file follows it.
func (c *conn) idle() bool {
	raw, err := c.raw.SyscallConn()
	if err != nil || c.reader.Buffered() > 0 {
		return false
	}
	var peeked error
	err = raw.Read(func(fd uintptr) bool {
		_, _, peeked = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return true
	})
	return err == nil && errors.Is(peeked, unix.EAGAIN)
}
