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

// Reply is the answer to an operation that took place.
type Reply struct {
	// Value is what Get found, and for a refused CompareAndSet what the key holds.
	Value string `json:"value"`
	// Found says whether the key existed: for Get and a refused CompareAndSet now, for
	// Delete before.
	Found   bool `json:"found"`
	Swapped bool `json:"swapped"` // of CompareAndSet
	// Revision is that of the key, 0 where it does not exist.
	Revision uint64 `json:"revision"`
}

// succeed writes a Reply, of which it leaves out what the operation does not have. It
// appends the JSON by hand because every operation passes here.
func succeed(w http.ResponseWriter, req replica.Request, result kv.Result) {
	b := make([]byte, 0, 64+len(result.Value))
	switch {
	case req.Read != nil:
		b = appendFound(append(b, '{'), result)
	case req.Command.Op == kv.CompareAndSet:
		b = append(b, `{"swapped":`...)
		b = append(strconv.AppendBool(b, result.Swapped), ',')
		if result.Swapped {
			b = appendRevision(b, result)
		} else {
			b = appendFound(b, result)
		}
	case req.Command.Op == kv.Delete:
		b = strconv.AppendBool(append(b, `{"found":`...), result.Found)
	default:
		b = appendRevision(append(b, '{'), result)
	}
	write(w, http.StatusOK, append(b, '}', '\n'))
}

func appendFound(b []byte, result kv.Result) []byte {
	if !result.Found {
		return append(b, `"found":false`...)
	}
	b = append(b, `"found":true,"value":`...)
	b = append(appendText(b, result.Value), ',')
	return appendRevision(b, result)
}

func appendRevision(b []byte, result kv.Result) []byte {
	return strconv.AppendUint(append(b, `"revision":`...), result.Revision, 10)
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
	if e.Code == NotFound {
		b = append(b, `,"found":false`...)
	}
	write(w, e.httpStatus(), append(b, '}', '\n'))
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

func succeedJSON(w http.ResponseWriter, v any) { write(w, http.StatusOK, append(marshal(v), '\n')) }

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("api: marshal %T: %v", v, err)) // nothing we marshal can fail
	}
	return b
}

func write(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// A client that does not take its answer learns nothing; it knows that.
	_, _ = w.Write(body)
}

func hex(v uint64) string { return fmt.Sprintf("%016x", v) }
