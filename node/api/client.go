package api

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// Consistency says how fresh the answer to a read must be.
type Consistency = replica.Consistency

// The consistencies; see package replica.
const (
	Linearizable = replica.Linearizable
	Lease        = replica.Lease
	Stale        = replica.Stale
)

// Options say how a Client works. The zero value asks one server, once, without TLS.
type Options struct {
	// Forward asks a server that does not lead to pass requests on to the leader.
	Forward bool
	// Consistency is that of Get and Range.
	Consistency Consistency
	// Retries is how often a request that failed is sent again, to the leader if the
	// server named it. A write is repeated under its number in the session, so it takes
	// effect at most once as long as the store remembers the session: fewer than
	// limits.SessionsMax others may begin between two attempts.
	Retries int
	// Token is what the cluster demands; empty if it demands none.
	Token string
	// TLS is how to speak to servers that use TLS; nil speaks without.
	TLS *tls.Config
}

// Client speaks to one node, one request at a time; calls from several goroutines wait
// for each other. Unless Options.Retries says otherwise, an operation is sent exactly
// once. Every error is an *Error: CodeOf tells why, and Definite whether the operation can
// have had an effect.
type Client struct {
	home    string // host:port
	options Options

	mu      sync.Mutex
	session session
	addr    string // home, or the leader that a retry was pointed to
	conn    *conn  // nil where none is open
	buffer  []byte // of the latest request, for the next one
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
	q := Query{Key: key}
	if err := q.Validate(); err != nil {
		return Reply{}, refuse(replica.Invalid, "%v", err)
	}
	reply, err := do[Reply](ctx, c, call{method: http.MethodGet, path: keyPath(key), query: c.consistency(), repeatable: true})
	if failure, ok := errors.AsType[*Error](err); ok && failure.Code == NotFound {
		return Reply{Consistency: failure.Consistency}, nil
	}
	return reply, err
}

// Range reads the keys of a range, in ascending order; see Prefix and Between. Where
// RangeReply.More says that further keys follow, RangeReply.Next asks for them.
func (c *Client) Range(ctx context.Context, q Query) (RangeReply, error) {
	q.Range = true
	if err := q.Validate(); err != nil {
		return RangeReply{}, refuse(replica.Invalid, "%v", err)
	}
	values := url.Values{"from": {q.Key}}
	if q.End != "" {
		values.Set("to", q.End)
	}
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	query := strings.TrimSuffix(values.Encode()+"&"+c.consistency(), "&")
	return do[RangeReply](ctx, c, call{method: http.MethodGet, path: "/kv", query: query, repeatable: true})
}

// consistency is the parameter that asks for the one of the options.
func (c *Client) consistency() string {
	if c.options.Consistency == Linearizable {
		return ""
	}
	return "consistency=" + c.options.Consistency.String()
}

// Put stores value, at most limits.ValueBytesMax of UTF-8 text as everywhere.
func (c *Client) Put(ctx context.Context, key, value string) (Reply, error) {
	return c.write(ctx, kv.Command{Op: kv.Put, Key: key, Value: value}, http.MethodPut, "", value)
}

// Delete removes the key. Reply.Found says whether it existed.
func (c *Client) Delete(ctx context.Context, key string) (Reply, error) {
	return c.write(ctx, kv.Command{Op: kv.Delete, Key: key}, http.MethodDelete, "", "")
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
	return c.write(ctx, command, http.MethodPost, "/cas", string(body))
}

// Append adds value to the end of what the key holds; a key that does not exist holds
// nothing.
func (c *Client) Append(ctx context.Context, key, value string) (Reply, error) {
	return c.write(ctx, kv.Command{Op: kv.Append, Key: key, Value: value}, http.MethodPost, "/append", value)
}

// Increment adds a number to the one that the key holds, which is 0 if it does not exist.
// Reply.Value is the sum. A value that is no decimal number of 64 bits, or a sum that does
// not fit, is an error with the code NotNumber or OutOfRange.
func (c *Client) Increment(ctx context.Context, key string, by int64) (Reply, error) {
	body := marshal(map[string]int64{"by": by})
	return c.write(ctx, kv.Command{Op: kv.Increment, Key: key, Delta: by}, http.MethodPost, "/increment", string(body))
}

// Txn carries out a transaction; see If. If one of its operations cannot be done, none is,
// and Error.Operation says which.
func (c *Client) Txn(ctx context.Context, t Txn) (TxnReply, error) {
	if err := (kv.Command{Op: kv.Transact, Txn: &t.txn}).Validate(); err != nil {
		return TxnReply{}, refuse(replica.Invalid, "%v", err)
	}
	call := call{method: http.MethodPost, path: "/txn", body: encodeTxn(&t.txn), session: true, repeatable: true}
	return do[TxnReply](ctx, c, call)
}

// write carries out a command on one key. What the server would refuse is not sent at all.
func (c *Client) write(ctx context.Context, command kv.Command, method, action, body string) (Reply, error) {
	if err := command.Validate(); err != nil {
		return Reply{}, refuse(replica.Invalid, "%v", err)
	}
	call := call{method: method, path: keyPath(command.Key) + action, body: body, session: true, repeatable: true}
	return do[Reply](ctx, c, call)
}

// Members asks which servers the cluster has, as this node knows them.
func (c *Client) Members(ctx context.Context) (Members, error) {
	return once[Members](ctx, c, "/members")
}

// AddMember adds a server, which the others reach at address (host:port), or changes its
// address. It votes once it has caught up with the log.
func (c *Client) AddMember(ctx context.Context, id raft.ID, address string) (Members, error) {
	if err := validMember(id, address); err != nil {
		return Members{}, refuse(replica.Invalid, "%v", err)
	}
	body := marshal(map[string]string{"id": string(id), "address": address})
	call := call{method: http.MethodPost, path: "/members", body: string(body), repeatable: true}
	return do[Members](ctx, c, call)
}

// RemoveMember removes a server, or does nothing if it is no member.
func (c *Client) RemoveMember(ctx context.Context, id raft.ID) (Members, error) {
	if err := validID(id); err != nil {
		return Members{}, refuse(replica.Invalid, "%v", err)
	}
	return do[Members](ctx, c, call{method: http.MethodDelete, path: "/members/" + escape(string(id)), repeatable: true})
}

// TransferLeadership asks the leader to hand over its leadership to another server, or to
// any if to is empty, and returns once that one leads. Without a name an attempt that may
// have succeeded is not repeated, because it would move the leadership once more.
func (c *Client) TransferLeadership(ctx context.Context, to raft.ID) (Leader, error) {
	transfer := call{method: http.MethodPost, path: "/leader", unforwarded: true, repeatable: to != raft.None}
	if to != raft.None {
		if err := validID(to); err != nil {
			return Leader{}, refuse(replica.Invalid, "%v", err)
		}
		transfer.body = string(marshal(map[string]string{"to": string(to)}))
	}
	return do[Leader](ctx, c, transfer)
}

// Status asks the node how it sees itself and the cluster.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return once[Status](ctx, c, "/status")
}

// keyPath is where a key is served.
func keyPath(key string) string { return "/kv/" + escape(key) }

// escape makes a path segment. One of dots alone would be resolved as a relative path.
func escape(segment string) string {
	if strings.Trim(segment, ".") == "" {
		return strings.ReplaceAll(segment, ".", "%2E")
	}
	return url.PathEscape(segment)
}
