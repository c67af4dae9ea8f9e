package replica

import (
	"errors"
	"fmt"

	"senkei/node/codec"
	"senkei/node/kv"
	"senkei/node/raft"
)

// envelope is what replicas send each other; exactly one field is set.
type envelope struct {
	Raft      *raft.Message     `cbor:"1,keyasint,omitempty"`
	Forward   *forward          `cbor:"2,keyasint,omitempty"`
	Reply     *peerReply        `cbor:"3,keyasint,omitempty"`
	ReadIndex *readIndexRequest `cbor:"4,keyasint,omitempty"`
}

// forward passes a client's request on to the leader.
type forward struct {
	// Nonce is a number that the sender gives only once, in no life twice: it counts on from
	// First, which is drawn at random in each life.
	Nonce   uint64       `cbor:"1,keyasint"`
	Command *kv.Command  `cbor:"2,keyasint,omitempty"`
	Change  *raft.Change `cbor:"3,keyasint,omitempty"`
	First   uint64       `cbor:"4,keyasint"`
	Term    uint64       `cbor:"5,keyasint"` // in which the sender believes that the receiver leads
}

// readIndexRequest is sent by a follower that wants to answer reads from its own state: the
// reply says which index that state must have applied (thesis §6.4, "to support reads on
// followers"). One request stands for all reads that waited when it was sent.
type readIndexRequest struct {
	Nonce uint64 `cbor:"1,keyasint"`
	Lease bool   `cbor:"2,keyasint,omitempty"`
}

// peerReply is the leader's reply to a forward or to a readIndexRequest, with its Nonce.
type peerReply struct {
	Nonce         uint64              `cbor:"1,keyasint"`
	Result        kv.Result           `cbor:"2,keyasint"`
	Err           *Error              `cbor:"3,keyasint,omitempty"`
	Configuration *raft.Configuration `cbor:"4,keyasint,omitempty"`
	Index         uint64              `cbor:"5,keyasint,omitempty"` // the read index; 0 in the reply to a forward
}

func encode(e envelope) []byte {
	if plain(e.Raft) {
		return encodePlain(e.Raft)
	}
	return codec.Marshal(e)
}

// decode rejects what is not exactly one message; the sender may be anyone.
func decode(data []byte) (envelope, error) {
	var e envelope
	var err error
	if len(data) > 0 && (data[0] == plainAppend || data[0] == plainAppendReply) {
		e.Raft, err = decodePlain(data)
	} else if err = codec.Unmarshal(data, &e); err == nil {
		err = e.validate()
	}
	if err != nil {
		return envelope{}, fmt.Errorf("decode a peer's message: %w", err)
	}
	return e, nil
}

func (e envelope) validate() error {
	n := 0
	for _, set := range []bool{e.Raft != nil, e.Forward != nil, e.Reply != nil, e.ReadIndex != nil} {
		if set {
			n++
		}
	}
	switch {
	case n != 1:
		return fmt.Errorf("it holds %d parts instead of one", n)
	case e.Raft != nil && e.Raft.Type == raft.Snapshot:
		chunk, err := kv.DecodeChunk(e.Raft.Data)
		if err == nil && chunk.Last != e.Raft.Last {
			err = errors.New("a chunk and its message disagree on whether it is the last one")
		}
		return err
	case e.Forward != nil && (e.Forward.Command == nil) == (e.Forward.Change == nil):
		return errors.New("a forwarded request is either a command or a change")
	}
	return nil
}
