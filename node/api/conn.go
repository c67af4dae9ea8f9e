package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"senkei/node/kv"
)

// answerBytesMax bounds an answer: one value of which JSON escapes every byte.
const answerBytesMax = 6*kv.MaxValueBytes + 1024

// conn is one connection to a server that carries one request at a time. http.Transport
// would send a GET again by itself when a connection that it reuses breaks, and hides
// whether anything was sent; the client must know both.
type conn struct {
	net.Conn
	addr   string
	reader *bufio.Reader
	writer *bufio.Writer
}

// answer is a response that was read to its end.
type answer struct {
	status int
	body   []byte
}

func dial(ctx context.Context, addr string) (*conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, addr: addr, reader: bufio.NewReader(c), writer: bufio.NewWriter(c)}, nil
}

// exchange sends the request once and reads the answer. After an error, or if keep is
// false, the connection is of no further use, and after an error nobody knows what
// arrived.
func (c *conn) exchange(ctx context.Context, req *http.Request) (a answer, keep bool, err error) {
	// A deadline in the past interrupts reads and writes at once.
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	a, keep, err = c.roundTrip(req)
	interrupted := !stop()
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return a, keep && !interrupted, err
}

func (c *conn) roundTrip(req *http.Request) (answer, bool, error) {
	if err := req.Write(c.writer); err != nil {
		return answer{}, false, err
	}
	if err := c.writer.Flush(); err != nil {
		return answer{}, false, err
	}
	resp, err := http.ReadResponse(c.reader, req)
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

// idle reports whether the connection can carry a request: one that the server has
// closed since the last answer has an end of file to read. To find out costs a system
// call and saves the doubt about a request that never had a chance to arrive.
func (c *conn) idle() bool {
	raw, err := c.Conn.(syscall.Conn).SyscallConn()
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
