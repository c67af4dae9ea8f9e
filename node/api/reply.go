package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"unicode/utf8"

	"senkei/node/kv"
	"senkei/node/replica"
)

// Reply is the answer to an operation on one key that took place.
type Reply struct {
	// Value is what Get found, for a refused CompareAndSet what the key holds, and for
	// Increment the sum.
	Value string `json:"value"`
	// Found says whether the key existed: for Get and a refused CompareAndSet now, for
	// Delete before.
	Found   bool `json:"found"`
	Swapped bool `json:"swapped"` // of CompareAndSet
	// Revision is that of the key, 0 where it does not exist.
	Revision uint64 `json:"revision"`
	// Consistency is the one that was asked for, "lease" or "stale"; empty for a
	// linearizable answer.
	Consistency string `json:"consistency"`
}

// Item is a key with what it holds.
type Item struct {
	Key      string `json:"key"`
	Value    string `json:"value"`
	Revision uint64 `json:"revision"`
}

// RangeReply is a page of a range.
type RangeReply struct {
	Items       []Item `json:"items"`       // in ascending order of keys
	More        bool   `json:"more"`        // further keys follow
	Consistency string `json:"consistency"` // see Reply
}

// Next asks for the page after this one, which has More; q is what this one was asked with.
func (r RangeReply) Next(q Query) Query {
	q.Key = r.Items[len(r.Items)-1].Key + "\x00"
	return q
}

// TxnReply is what a transaction did.
type TxnReply struct {
	Succeeded bool       `json:"succeeded"` // every compare held
	Revision  uint64     `json:"revision"`  // of every key that it wrote
	Results   []OpResult `json:"results"`   // of the operations of Then if it succeeded, else of those of Else
}

// OpResult is what one operation of a transaction found or did: see Reply and RangeReply.
type OpResult struct {
	Value    string `json:"value"`
	Found    bool   `json:"found"`
	Revision uint64 `json:"revision"`
	Items    []Item `json:"items"`
	More     bool   `json:"more"`
}

// succeed writes what a request did. It appends the JSON by hand because every operation
// passes here.
func (h *Handler) succeed(w http.ResponseWriter, req replica.Request, reply replica.Reply) {
	switch {
	case req.Change != nil:
		succeedJSON(w, Members{Members: members(reply.Configuration)})
		return
	case req.Transfer != nil:
		succeedJSON(w, Leader{Leader: reply.Leader, LeaderAddress: h.address(reply.Leader)})
		return
	}
	result := reply.Result
	b := make([]byte, 0, 64+len(result.Value))
	b = append(b, '{')
	switch {
	case req.Read != nil:
		b = appendRead(b, req.Read.Query, result)
		if consistency := label(req.Read.Consistency); consistency != "" {
			b = append(append(append(b, `,"consistency":"`...), consistency...), '"')
		}
	case req.Command.Txn != nil:
		b = appendTxn(b, req.Command.Txn, result)
	default:
		b = appendWrite(b, req.Command.Op, result)
	}
	send(w, http.StatusOK, append(b, '}', '\n'))
}

func appendRead(b []byte, q kv.Query, result kv.Result) []byte {
	if !q.Range {
		return appendFound(b, result)
	}
	b = append(b, `"items":[`...)
	for i, item := range result.Items {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, `{"key":`...), item.Key)
		b = appendText(append(b, `,"value":`...), item.Item.Value)
		b = append(appendRevision(append(b, ','), item.Item.Revision), '}')
	}
	return strconv.AppendBool(append(b, `],"more":`...), result.More)
}

func appendWrite(b []byte, op kv.Op, result kv.Result) []byte {
	switch op {
	case kv.CompareAndSet:
		b = append(b, `"swapped":`...)
		b = append(strconv.AppendBool(b, result.Swapped), ',')
		if result.Swapped {
			return appendRevision(b, result.Revision)
		}
		return appendFound(b, result)
	case kv.Delete:
		return strconv.AppendBool(append(b, `"found":`...), result.Found)
	case kv.Increment:
		b = append(appendText(append(b, `"value":`...), result.Value), ',')
		return appendRevision(b, result.Revision)
	default:
		return appendRevision(b, result.Revision)
	}
}

func appendTxn(b []byte, txn *kv.Txn, result kv.Result) []byte {
	ops := txn.Then
	if !result.Succeeded {
		ops = txn.Else
	}
	b = strconv.AppendBool(append(b, `"succeeded":`...), result.Succeeded)
	b = appendRevision(append(b, ','), result.Revision)
	b = append(b, `,"results":[`...)
	for i, one := range result.Results {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		if q := ops[i].Query; q != nil {
			b = appendRead(b, *q, one)
		} else {
			b = appendWrite(b, ops[i].Op, one)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendFound(b []byte, result kv.Result) []byte {
	if !result.Found {
		return append(b, `"found":false`...)
	}
	b = append(b, `"found":true,"value":`...)
	b = append(appendText(b, result.Value), ',')
	return appendRevision(b, result.Revision)
}

func appendRevision(b []byte, revision uint64) []byte {
	return strconv.AppendUint(append(b, `"revision":`...), revision, 10)
}

func fail(w http.ResponseWriter, e *Error) {
	b := append([]byte(nil), `{"code":`...)
	b = appendText(b, string(e.Code))
	b = appendText(append(b, `,"message":`...), e.Message)
	b = strconv.AppendBool(append(b, `,"definite":`...), e.Definite)
	if e.Leader != "" {
		b = appendText(append(b, `,"leader":`...), string(e.Leader))
	}
	if e.LeaderAddress != "" {
		b = appendText(append(b, `,"leader_address":`...), e.LeaderAddress)
	}
	if e.Operation != nil {
		b = strconv.AppendInt(append(b, `,"operation":`...), int64(*e.Operation), 10)
	}
	if e.Code == NotFound {
		b = append(b, `,"found":false`...)
	}
	if e.Consistency != "" {
		b = appendText(append(b, `,"consistency":`...), e.Consistency)
	}
	send(w, e.httpStatus(), append(b, '}', '\n'))
}

// appendText appends a JSON string. Texts that need no escapes are the common case.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return append(b, marshal(text)...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

func succeedJSON(w http.ResponseWriter, v any) { send(w, http.StatusOK, append(marshal(v), '\n')) }

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("api: marshal %T: %v", v, err)) // nothing we marshal can fail
	}
	return b
}

// bufferedBytes is up to which length net/http finds out the Content-Length by itself.
const bufferedBytes = 2048

// typeJSON is shared by all answers, which do not change it.
var typeJSON = []string{"application/json"}

func send(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = typeJSON
	if len(body) > bufferedBytes {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	// A client that does not take its answer learns nothing; it knows that.
	_, _ = w.Write(body)
}
