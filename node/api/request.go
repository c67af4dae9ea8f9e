package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unsafe"

	strict "github.com/go-json-experiment/json"

	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/replica"
)

const (
	headerClient = "Senkei-Client"
	headerSeq    = "Senkei-Seq"
)

// bodyBytesMax bounds a body: the keys and values of the largest transaction, of which JSON
// escapes every byte, and what stands between them.
const bodyBytesMax = 6*limits.TxnBytesMax + 3*limits.TxnOpsMax*100

// parse turns an HTTP request into the replica's.
func parse(r *http.Request, path string) (replica.Request, *Error) {
	if rest, ok := strings.CutPrefix(path, "/kv/"); ok {
		return parseKey(r, rest)
	}
	if rest, ok := strings.CutPrefix(path, "/members/"); ok {
		return parseRemoval(r, rest)
	}
	switch path {
	case "/kv":
		return parseRange(r)
	case "/txn":
		return parseTxn(r)
	case "/members":
		return parseAddition(r)
	case "/leader":
		return parseTransfer(r)
	default:
		return replica.Request{}, refuse(UnknownPath, "nothing is served at this path")
	}
}

// route is a method and what follows the key in the path.
type route struct{ method, action string }

// parseKey reads a request about one key; path is what follows /kv/.
func parseKey(r *http.Request, path string) (replica.Request, *Error) {
	segment, action, more := strings.Cut(path, "/")
	if more && action == "" {
		return replica.Request{}, refuse(UnknownPath, "a slash follows the key; a slash within it is written %%2F")
	}
	key, err := url.PathUnescape(segment)
	if err != nil {
		return replica.Request{}, refuse(replica.Invalid, "the key is not escaped correctly: %v", err)
	}
	op, refusal := operation(route{r.Method, action})
	if refusal != nil {
		return replica.Request{}, refusal
	}
	if op == 0 {
		return parseRead(r, kv.Query{Key: key})
	}
	given, refusal := parameters(r, ofWrites)
	if refusal != nil {
		return replica.Request{}, refusal
	}
	command := kv.Command{Op: op, Key: key}
	switch op {
	case kv.Put, kv.Append:
		command.Value, refusal = body(r, limits.ValueBytesMax)
	case kv.CompareAndSet:
		refusal = parseExpectation(r, &command)
	case kv.Increment:
		refusal = parseIncrement(r, &command)
	}
	if refusal != nil {
		return replica.Request{}, refusal
	}
	return write(r, command, given.forward)
}

// operation returns what the route does; 0 is a read.
func operation(to route) (kv.Op, *Error) {
	switch to {
	case route{http.MethodGet, ""}:
		return 0, nil
	case route{http.MethodPut, ""}:
		return kv.Put, nil
	case route{http.MethodDelete, ""}:
		return kv.Delete, nil
	case route{http.MethodPost, "cas"}:
		return kv.CompareAndSet, nil
	case route{http.MethodPost, "append"}:
		return kv.Append, nil
	case route{http.MethodPost, "increment"}:
		return kv.Increment, nil
	}
	switch to.action {
	case "":
		return 0, refuse(UnknownMethod, "a key takes GET, PUT and DELETE")
	case "cas", "append", "increment":
		return 0, refuse(UnknownMethod, "%s takes POST", to.action)
	default:
		return 0, refuse(UnknownPath, "after a key comes nothing, /cas, /append or /increment; a slash within it is written %%2F")
	}
}

func parseRead(r *http.Request, q kv.Query) (replica.Request, *Error) {
	given, refusal := parameters(r, ofReads)
	if refusal != nil {
		return replica.Request{}, refusal
	}
	return read(q, given)
}

// parseRange reads a request about the keys of a range.
func parseRange(r *http.Request) (replica.Request, *Error) {
	if r.Method != http.MethodGet {
		return replica.Request{}, refuse(UnknownMethod, "a range of keys can only be read; one key stands in the path, as in /kv/x")
	}
	given, refusal := parameters(r, ofRanges)
	if refusal != nil {
		return replica.Request{}, refusal
	}
	q, err := given.span.query()
	if err != nil {
		return replica.Request{}, refuse(replica.Invalid, "%v", err)
	}
	return read(q, given)
}

func read(q kv.Query, given parameter) (replica.Request, *Error) {
	if err := q.Validate(); err != nil {
		return replica.Request{}, refuse(replica.Invalid, "%v", err)
	}
	return replica.Request{Read: &replica.Read{Query: q, Consistency: given.consistency}, Forward: given.forward}, nil
}

// write adds the session, which stands in the headers, to a command.
func write(r *http.Request, c kv.Command, forward bool) (replica.Request, *Error) {
	c.Client = r.Header.Get(headerClient)
	if text := r.Header.Get(headerSeq); text != "" {
		seq, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return replica.Request{}, refuse(replica.Invalid, "the header %s is no number: %q", headerSeq, text)
		}
		c.Seq = seq
	}
	if err := c.Validate(); err != nil {
		return replica.Request{}, refuse(replica.Invalid, "%v", err)
	}
	return replica.Request{Command: c, Forward: forward}, nil
}

// parseExpectation reads the body of a compare-and-set.
func parseExpectation(r *http.Request, c *kv.Command) *Error {
	var given struct {
		Expect json.RawMessage `json:"expect"`
		Value  *string         `json:"value"`
	}
	text, refusal := body(r, bodyBytesMax)
	if refusal != nil {
		return refusal
	}
	err := decode(text, &given)
	switch {
	case err != nil:
	case given.Expect == nil || given.Value == nil:
		err = errors.New("expect or value is missing")
	case string(given.Expect) == "null":
		c.ExpectAbsent = true
	default:
		err = json.Unmarshal(given.Expect, &c.Expect)
	}
	if err != nil {
		return refuse(replica.Invalid, `the body must be {"expect": "old" or null, "value": "new"}: %v`, err)
	}
	c.Value = *given.Value
	return nil
}

// parseIncrement reads the body of an increment.
func parseIncrement(r *http.Request, c *kv.Command) *Error {
	given := struct {
		By int64 `json:"by"`
	}{By: 1}
	text, refusal := body(r, bodyBytesMax)
	if refusal != nil {
		return refusal
	}
	if text != "" {
		if err := decode(text, &given); err != nil {
			return refuse(replica.Invalid, `the body must be {"by": 5}, or empty to add 1: %v`, err)
		}
	}
	c.Delta = given.By
	return nil
}

// decode reads one JSON value, in which there is nothing that into does not know. Names are
// exact, and none stands twice in an object; text is Unicode, without half surrogates. What
// the standard library takes for one of these would be another value than was sent.
func decode(text string, into any) error {
	if strings.Trim(text, " \t\r\n") == "" {
		return errors.New("it is empty")
	}
	return strict.Unmarshal([]byte(text), into, strict.RejectUnknownMembers(true))
}

// bodyBytes is how much memory the body of the request may take.
func bodyBytes(r *http.Request) int64 {
	if r.ContentLength < 0 || r.ContentLength > bodyBytesMax {
		return bodyBytesMax
	}
	return r.ContentLength
}

func body(r *http.Request, sizeBytesMax int64) (string, *Error) {
	if r.ContentLength > sizeBytesMax {
		return "", refuse(replica.TooLarge, "the body has %d bytes, more than %d", r.ContentLength, sizeBytesMax)
	}
	var data []byte
	var err error
	if r.ContentLength >= 0 {
		data = make([]byte, r.ContentLength)
		_, err = io.ReadFull(r.Body, data)
	} else {
		data, err = io.ReadAll(io.LimitReader(r.Body, sizeBytesMax+1))
	}
	switch {
	case err != nil:
		return "", refuse(replica.Invalid, "the body cannot be read: %v", err)
	case int64(len(data)) > sizeBytesMax:
		return "", refuse(replica.TooLarge, "the body has more than %d bytes", sizeBytesMax)
	}
	// Nobody else has the bytes, so they need not be copied.
	return unsafe.String(unsafe.SliceData(data), len(data)), nil
}
