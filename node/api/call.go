package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"senkei/node/replica"
)

// call is one operation as HTTP.
type call struct {
	method, path, query, body string
	session                   bool // it is numbered in the session
	// repeatable calls may be sent again although an earlier attempt can have succeeded.
	repeatable  bool
	unforwarded bool // it is never passed on
}

const (
	retryWaitMin = 20 * time.Millisecond
	retryWaitMax = 500 * time.Millisecond
)

// do carries out a call, in as many attempts as it may take and needs.
func do[T any](ctx context.Context, c *Client, call call) (T, error) {
	if c.options.Forward && !call.unforwarded {
		call.query = strings.TrimPrefix(call.query+"&forward=true", "&")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	doubt := false // whether an earlier attempt can have had an effect
	wait := retryWaitMin
	for n := 0; ; n++ {
		reply, failure := attempt[T](ctx, c, call)
		if failure != nil {
			// The first command that a store sees under its number cannot have had an
			// effect if the store does not know the session.
			failure.Definite = !doubt && (failure.Definite || failure.Code == replica.SessionExpired)
			doubt = !failure.Definite
		}
		final := failure == nil || n >= c.options.Retries || !failure.mayRetry() ||
			doubt && !call.repeatable || !pause(ctx, wait)
		if call.session && (final || failure.Code == replica.SessionExpired) {
			c.session.after(failure)
		}
		switch {
		case failure == nil:
			return reply, nil
		case final:
			return reply, failure
		}
		c.follow(failure)
		wait = min(2*wait, retryWaitMax)
	}
}

// once asks the client's own node, in one attempt.
func once[T any](ctx context.Context, c *Client, path string) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moveTo(c.home)
	reply, failure := attempt[T](ctx, c, call{method: http.MethodGet, path: path})
	if failure != nil {
		return reply, failure
	}
	return reply, nil
}

func attempt[T any](ctx context.Context, c *Client, call call) (T, *Error) {
	a, failure := c.send(ctx, call)
	if failure != nil {
		var none T
		return none, failure
	}
	return decodeAnswer[T](a)
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

// mayRetry reports whether sending the request again can help.
func (e *Error) mayRetry() bool {
	switch e.Code {
	case replica.NotLeader, replica.NoLeader, replica.LeaderLost, replica.Timeout, replica.Overloaded,
		replica.ChangePending, Stopping, Unsent, Unanswered:
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

func (c *Client) disconnect() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing is under way that it could tell about
		c.conn = nil
	}
}

// send sends the request once, over a connection that was in order just before.
func (c *Client) send(ctx context.Context, call call) (answer, *Error) {
	if c.conn != nil && !c.conn.idle() {
		c.disconnect()
	}
	err := ctx.Err()
	if err == nil {
		err = validToken(c.options.Token)
	}
	if err == nil && c.conn == nil {
		c.conn, err = dial(ctx, c.addr, c.options.TLS)
	}
	if err != nil {
		return answer{}, &Error{Code: Unsent, Definite: true, Message: fmt.Sprintf("%s was not asked: %v", c.addr, err), cause: err}
	}
	c.buffer = c.appendRequest(c.buffer[:0], call)
	a, keep, err := c.conn.exchange(ctx, c.buffer)
	if cap(c.buffer) > bufferBytesMax {
		c.buffer = nil
	}
	if !keep {
		c.disconnect()
	}
	if err != nil {
		return answer{}, &Error{Code: Unanswered, Message: fmt.Sprintf("%s did not answer: %v", c.addr, err), cause: err}
	}
	return a, nil
}

// bufferBytesMax bounds what a client keeps from one request to the next.
const bufferBytesMax = 64 << 10

// appendRequest appends the request as HTTP/1.1 sends it.
func (c *Client) appendRequest(b []byte, call call) []byte {
	b = append(append(append(b, call.method...), ' '), call.path...)
	if call.query != "" {
		b = append(append(b, '?'), call.query...)
	}
	b = append(append(b, " HTTP/1.1\r\nHost: "...), c.addr...)
	if c.options.Token != "" {
		b = append(append(b, "\r\nAuthorization: Bearer "...), c.options.Token...)
	}
	if call.session {
		b = append(append(b, "\r\n"+headerClient+": "...), c.session.client...)
		b = strconv.AppendUint(append(b, "\r\n"+headerSeq+": "...), c.session.seq, 10)
	}
	if call.method != http.MethodGet {
		b = strconv.AppendInt(append(b, "\r\nContent-Length: "...), int64(len(call.body)), 10)
	}
	b = append(b, "\r\n\r\n"...)
	return append(b, call.body...)
}

// validToken refuses what would end the header.
func validToken(token string) error {
	for i := range len(token) {
		if c := token[i]; c <= ' ' || c > '~' {
			return errors.New("the token has characters that a header cannot carry")
		}
	}
	return nil
}

// decodeAnswer reads the server's answer, or returns the server's error.
func decodeAnswer[T any](a answer) (reply T, failure *Error) {
	var none T
	var err error
	if a.status == http.StatusOK {
		if err = json.Unmarshal(a.body, &reply); err == nil {
			return reply, nil
		}
	} else {
		failure = &Error{}
		if err = json.Unmarshal(a.body, failure); err == nil && failure.Code != "" {
			return none, failure
		}
	}
	if err == nil {
		err = errors.New("it has no code")
	}
	return none, &Error{Code: Unanswered, Message: fmt.Sprintf("the answer with status %d is not understood: %v", a.status, err), cause: err}
}
