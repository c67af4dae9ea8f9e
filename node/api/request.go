package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"senkei/node/kv"
	"senkei/node/replica"
)

const (
	headerClient = "Senkei-Client"
	headerSeq    = "Senkei-Seq"

	// casBodyBytesMax leaves room for two values of which JSON escapes every byte.
	casBodyBytesMax = 2*6*kv.MaxValueBytes + 1024
)

// route is a method and what follows the key in the path.
type route struct{ method, action string }

// parse turns an HTTP request into the replica's; path is what follows /kv/.
func parse(r *http.Request, path string) (replica.Request, *Error) {
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
	stale, forward, refusal := flags(r.URL.RawQuery)
	if refusal != nil {
		return replica.Request{}, refusal
	}
	if op == 0 {
		// A key that cannot be deleted cannot be read either.
		if err := (kv.Command{Op: kv.Delete, Key: key}).Validate(); err != nil {
			return replica.Request{}, refuse(replica.Invalid, "%v", err)
		}
		return replica.Request{Read: &replica.Read{Key: key, Stale: stale}, Forward: forward}, nil
	}
	if stale {
		return replica.Request{}, refuse(replica.Invalid, "only reads have a consistency to choose")
	}
	command, refusal := parseCommand(r, op, key)
	return replica.Request{Command: command, Forward: forward}, refusal
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
	}
	switch to.action {
	case "":
		return 0, refuse(UnknownMethod, "a key takes GET, PUT and DELETE")
	case "cas", "append":
		return 0, refuse(UnknownMethod, "%s takes POST", to.action)
	default:
		return 0, refuse(UnknownPath, "after a key comes nothing, /cas or /append; a slash within it is written %%2F")
	}
}

// flags reads the query. What it does not know it refuses, lest a misspelt consistency
// be taken for the default.
func flags(query string) (stale, forward bool, refusal *Error) {
	if query == "" {
		return false, false, nil
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return false, false, refuse(replica.Invalid, "the query is not escaped correctly: %v", err)
	}
	for name, given := range values {
		value := given[len(given)-1]
		switch {
		case name == "consistency" && (value == "linearizable" || value == "stale"):
			stale = value == "stale"
		case name == "consistency":
			return false, false, refuse(replica.Invalid, "the consistency is linearizable or stale, not %q", value)
		case name == "forward" && (value == "true" || value == "false"):
			forward = value == "true"
		case name == "forward":
			return false, false, refuse(replica.Invalid, "forward is true or false, not %q", value)
		default:
			return false, false, refuse(replica.Invalid, "the query knows consistency and forward, not %q", name)
		}
	}
	return stale, forward, nil
}

// parseCommand reads the session from the headers and the rest from the body.
func parseCommand(r *http.Request, op kv.Op, key string) (kv.Command, *Error) {
	c := kv.Command{Op: op, Key: key, Client: r.Header.Get(headerClient)}
	if text := r.Header.Get(headerSeq); text != "" {
		seq, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return c, refuse(replica.Invalid, "the header %s is no number: %q", headerSeq, text)
		}
		c.Seq = seq
	}
	var refusal *Error
	switch op {
	case kv.Put, kv.Append:
		c.Value, refusal = body(r, kv.MaxValueBytes)
	case kv.CompareAndSet:
		refusal = expectation(r, &c)
	}
	if refusal != nil {
		return c, refusal
	}
	if err := c.Validate(); err != nil {
		return c, refuse(replica.Invalid, "%v", err)
	}
	return c, nil
}

// expectation reads the body of a compare-and-set.
func expectation(r *http.Request, c *kv.Command) *Error {
	text, refusal := body(r, casBodyBytesMax)
	if refusal != nil {
		return refusal
	}
	var given struct {
		Expect json.RawMessage `json:"expect"`
		Value  *string         `json:"value"`
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&given)
	if err == nil && decoder.InputOffset() != int64(len(strings.TrimRight(text, " \t\r\n"))) {
		err = errors.New("something follows the object")
	}
	switch {
	case err != nil:
	case !utf8.ValidString(text):
		// The decoder would have replaced what is wrong.
		err = errors.New("it is not UTF-8 text")
	case given.Expect == nil || given.Value == nil:
		err = errors.New("expect or value is missing")
	case bytes.Equal(given.Expect, []byte("null")):
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

// bodyBytes is how much memory the body of the request may take.
func bodyBytes(r *http.Request) int64 {
	if r.ContentLength < 0 || r.ContentLength > casBodyBytesMax {
		return casBodyBytesMax
	}
	return r.ContentLength
}

func body(r *http.Request, sizeBytesMax int64) (string, *Error) {
	if r.ContentLength > sizeBytesMax {
		return "", refuse(replica.TooLarge, "the body has %d bytes, more than %d", r.ContentLength, sizeBytesMax)
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, sizeBytesMax+1))
	switch {
	case err != nil:
		return "", refuse(replica.Invalid, "the body cannot be read: %v", err)
	case int64(len(data)) > sizeBytesMax:
		return "", refuse(replica.TooLarge, "the body has more than %d bytes", sizeBytesMax)
	}
	return string(data), nil
}
