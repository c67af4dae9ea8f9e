package replica

import (
	"fmt"

	"senkei/node/codec"
	"senkei/node/kv"
	"senkei/node/raft"
)

// envelope is what replicas send each other; exactly one field is set.
type envelope struct {
	Raft    *raft.Message `cbor:"1,keyasint,omitempty"`
	Forward *forward      `cbor:"2,keyasint,omitempty"`
	Answer  *answer       `cbor:"3,keyasint,omitempty"`
}

// forward passes a client's request on to the leader.
type forward struct {
	// Nonce is drawn at random, so that an answer never meets another request, not even
	// one of the sender's next life.
	Nonce   uint64      `cbor:"1,keyasint"`
	Read    *Read       `cbor:"2,keyasint,omitempty"`
	Command *kv.Command `cbor:"3,keyasint,omitempty"`
}

// answer is the leader's reply to a forward.
type answer struct {
	Nonce  uint64    `cbor:"1,keyasint"`
	Result kv.Result `cbor:"2,keyasint"`
	Err    *Error    `cbor:"3,keyasint,omitempty"`
}

func encode(e envelope) []byte { return codec.Marshal(e) }

// decode rejects what is not exactly one message; the sender may be anyone.
func decode(data []byte) (envelope, error) {
	var e envelope
	if err := codec.Unmarshal(data, &e); err != nil {
		return envelope{}, fmt.Errorf("decode a peer's message: %w", err)
	}
	n := 0
	for _, set := range []bool{e.Raft != nil, e.Forward != nil, e.Answer != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		return envelope{}, fmt.Errorf("decode a peer's message: it holds %d parts instead of one", n)
	}
	if f := e.Forward; f != nil && (f.Read == nil) == (f.Command == nil) {
		return envelope{}, fmt.Errorf("decode a peer's message: a forwarded request is either a read or a command")
	}
	return e, nil
}
