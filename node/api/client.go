package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"senkei/node/kv"
	"senkei/node/replica"
)

// Options say how a Client works. The zero value asks one server, once.
type Options struct {
	// Forward asks a server that does not lead to pass requests on to the leader.
	Forward bool
	// Stale lets Get answer from the server's own state, however old.
	Stale bool
	// Retries is how often a request that failed is sent again, to the leader if the
	// server named it. A write is repeated under its number in the session, so it takes
	// effect at most once as long as the store remembers the session: fewer than
	// kv.DefaultSessions others may begin between two attempts.
	Retries int
}

// Client speaks to one node, one request at a time; calls from several goroutines wait
// for each other. Unless Options.Retries says otherwise, an operation is sent exactly
// once. Every error is an *Error, and Definite tells whether the operation can have had
// an effect.
type Client struct {
	home    string // host:port
	options Options

	mu      sync.Mutex
	session session
	addr    string // home, or the leader that a retry was pointed to
	conn    *conn  // nil where none is open
}

// NewClient returns a client for the node at addr (host:port). It does not connect yet.
func NewClient(addr string, options Options) *Client {
	return &Client{home: addr, addr: addr, options: options, session: newSession()}
}

// Close closes the connection. The client may be used again.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.disconnect()
	return nil
}

// Get reads a key. A key that does not exist is no error; Reply.Found tells.
func (c *Client) Get(ctx context.Context, key string) (Reply, error) {
	call := call{method: http.MethodGet, path: keyPath(key)}
	if c.options.Stale {
		call.query = "consistency=stale"
	}
	// A read obeys the rules of a delete.
	return c.do(ctx, kv.Command{Op: kv.Delete, Key: key}, call)
}

// Put stores value, at most kv.MaxValueBytes of UTF-8 text as everywhere.
func (c *Client) Put(ctx context.Context, key, value string) (Reply, error) {
	return c.do(ctx, kv.Command{Op: kv.Put, Key: key, Value: value},
		call{method: http.MethodPut, path: keyPath(key), body: value, write: true})
}

// Delete removes the key. Reply.Found says whether it existed.
func (c *Client) Delete(ctx context.Context, key string) (Reply, error) {
	return c.do(ctx, kv.Command{Op: kv.Delete, Key: key},
		call{method: http.MethodDelete, path: keyPath(key), write: true})
}

// CompareAndSet stores value if the key holds what is expected; nil expects that the key
// does not exist. Reply.Swapped says whether it did, and if not, the rest of the reply
// what the key holds.
func (c *Client) CompareAndSet(ctx context.Context, key string, expect *string, value string) (Reply, error) {
	command := kv.Command{Op: kv.CompareAndSet, Key: key, Value: value, ExpectAbsent: expect == nil}
	if expect != nil {
		command.Expect = *expect
	}
	body := marshal(map[string]any{"expect": expect, "value": value})
	return c.do(ctx, command, call{method: http.MethodPost, path: keyPath(key) + "/cas", body: string(body), write: true})
}

// Append adds value to the end of what the key holds; a key that does not exist holds
// nothing.
func (c *Client) Append(ctx context.Context, key, value string) (Reply, error) {
	return c.do(ctx, kv.Command{Op: kv.Append, Key: key, Value: value},
		call{method: http.MethodPost, path: keyPath(key) + "/append", body: value, write: true})
}

// Status asks the node how it sees itself and the cluster.
func (c *Client) Status(ctx context.Context) (Status, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moveTo(c.home)
	a, failure := c.send(ctx, call{method: http.MethodGet, path: "/status"})
	if failure != nil {
		return Status{}, failure
	}
	var status Status
	if failure := a.decode(&status); failure != nil {
		return Status{}, failure
	}
	return status, nil
}

// call is one operation as HTTP.
type call struct {
	method, path, query, body string
	write                     bool // it belongs to the session
}

// keyPath escapes a key. One of dots alone would be resolved as a relative path.
func keyPath(key string) string {
	if strings.Trim(key, ".") == "" {
		return "/kv/" + strings.ReplaceAll(key, ".", "%2E")
	}
	return "/kv/" + url.PathEscape(key)
}

// do carries out a call; command is what it asks for, so that what the server would
// refuse is not sent at all.
func (c *Client) do(ctx context.Context, command kv.Command, call call) (Reply, error) {
	if err := command.Validate(); err != nil {
		return Reply{}, refuse(replica.Invalid, "%v", err)
	}
	if c.options.Forward {
		call.query = strings.TrimPrefix(call.query+"&forward=true", "&")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	reply, failure := c.attempts(ctx, call)
	if failure != nil {
		return Reply{}, failure
	}
	return reply, nil
}

const (
	retryWaitMin = 20 * time.Millisecond
	retryWaitMax = 500 * time.Millisecond
)

func (c *Client) attempts(ctx context.Context, call call) (Reply, *Error) {
	doubt := false // whether an earlier attempt can have had an effect
	wait := retryWaitMin
	for n := 0; ; n++ {
		reply, failure := c.attempt(ctx, call)
		if failure != nil {
			// The first command that a store sees under its number cannot have had an
			// effect if the store does not know the session.
			failure.Definite = !doubt && (failure.Definite || failure.Code == replica.SessionExpired)
			doubt = !failure.Definite
		}
		final := failure == nil || n >= c.options.Retries || !failure.mayRetry() || !pause(ctx, wait)
		if call.write && (final || failure.Code == replica.SessionExpired) {
			c.session.after(failure)
		}
		if final {
			return reply, failure
		}
		c.follow(failure)
		wait = min(2*wait, retryWaitMax)
	}
}

// pause returns false if ctx ends before the time is over.
func pause(ctx context.Context, wait time.Duration) bool {
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
		return false
	}
}

// mayRetry reports whether sending the request again can help and do no harm.
func (e *Error) mayRetry() bool {
	switch e.Code {
	case replica.NotLeader, replica.NoLeader, replica.LeaderLost, replica.Timeout, replica.Overloaded,
		Stopping, Unsent, Unanswered:
		return true
	case replica.SessionExpired:
		return e.Definite
	default:
		return false
	}
}

// follow turns to the leader if the server named one, and home if it did not answer.
func (c *Client) follow(failure *Error) {
	switch {
	case failure.LeaderAddress != "":
		c.moveTo(failure.LeaderAddress)
	case failure.Code == Unsent || failure.Code == Unanswered:
		c.moveTo(c.home)
	}
}

func (c *Client) moveTo(addr string) {
	if addr != c.addr {
		c.disconnect()
		c.addr = addr
	}
}

func (c *Client) attempt(ctx context.Context, call call) (Reply, *Error) {
	a, failure := c.send(ctx, call)
	if failure != nil {
		return Reply{}, failure
	}
	var reply Reply
	failure = a.decode(&reply)
	if failure != nil && failure.Code == NotFound && call.method == http.MethodGet {
		return Reply{}, nil
	}
	return reply, failure
}

// decode reads the server's answer into a value, or returns the server's error.
func (a answer) decode(into any) *Error {
	failure := &Error{}
	var err error
	if a.status == http.StatusOK {
		err = json.Unmarshal(a.body, into)
		failure = nil
	} else if err = json.Unmarshal(a.body, failure); err == nil && failure.Code == "" {
		err = fmt.Errorf("it has no code")
	}
	if err != nil {
		return &Error{Code: Unanswered, Message: fmt.Sprintf("the answer with status %d is not understood: %v", a.status, err), cause: err}
	}
	return failure
}

// send sends the request once, over a connection that was in order just before.
func (c *Client) send(ctx context.Context, call call) (answer, *Error) {
	if c.conn != nil && !c.conn.idle() {
		c.disconnect()
	}
	err := ctx.Err()
	if err == nil && c.conn == nil {
		c.conn, err = dial(ctx, c.addr)
	}
	if err != nil {
		return answer{}, &Error{Code: Unsent, Definite: true, Message: fmt.Sprintf("%s was not asked: %v", c.addr, err), cause: err}
	}
	a, keep, err := c.conn.exchange(ctx, c.request(call))
	if !keep {
		c.disconnect()
	}
	if err != nil {
		return answer{}, &Error{Code: Unanswered, Message: fmt.Sprintf("%s did not answer: %v", c.addr, err), cause: err}
	}
	return a, nil
}

func (c *Client) request(call call) *http.Request {
	header := http.Header{}
	if call.write {
		header[headerClient] = []string{c.session.client}
		header[headerSeq] = []string{strconv.FormatUint(c.session.seq, 10)}
	}
	req := &http.Request{
		Method: call.method, Host: c.addr, Header: header,
		// Opaque keeps the path as it is escaped.
		URL:           &url.URL{Scheme: "http", Host: c.addr, Opaque: call.path, RawQuery: call.query},
		ContentLength: int64(len(call.body)),
	}
	if call.body != "" {
		req.Body = readCloser{strings.NewReader(call.body)}
	}
	return req
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func (c *Client) disconnect() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing is under way that it could tell about
		c.conn = nil
	}
}
