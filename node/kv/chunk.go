package kv

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"senkei/node/codec"
	"senkei/node/limits"
)

// Chunk is one piece of a snapshot. Put together in the order of their numbers, the chunks
// are the whole state: first all items, then all sessions.
type Chunk struct {
	Items    []ItemRecord    `cbor:"1,keyasint,omitempty"` // in ascending order of keys
	Sessions []SessionRecord `cbor:"2,keyasint,omitempty"` // in ascending order of Session.Index
	Last     bool            `cbor:"3,keyasint,omitempty"`
	Hash     uint64          `cbor:"4,keyasint,omitempty"` // of the whole state, in the last chunk
}

// ItemRecord is a key with its item.
type ItemRecord struct {
	Key  string `cbor:"1,keyasint"`
	Item Item   `cbor:"2,keyasint"`
}

// SessionRecord is a client with its session.
type SessionRecord struct {
	Client  string  `cbor:"1,keyasint"`
	Session Session `cbor:"2,keyasint"`
}

// recordBytes is about what an item or a result takes beside its texts, in memory and
// encoded.
const recordBytes = 64

func (r ItemRecord) size() int { return len(r.Key) + len(r.Item.Value) + recordBytes }

func (r *SessionRecord) size() int {
	return len(r.Client) + r.Session.Result.bytes() + r.Session.Result.records()*recordBytes
}

func (r ItemRecord) validate() error {
	if err := validKey(r.Key); err != nil {
		return err
	}
	if r.Item.Revision == 0 {
		return fmt.Errorf("the key %q has no revision", r.Key)
	}
	return validText("value", r.Item.Value, limits.ValueBytesMax)
}

func (r *SessionRecord) validate() error {
	if err := validText("client", r.Client, limits.KeyBytesMax); err != nil {
		return err
	}
	if r.Client == "" || r.Session.Seq == 0 || r.Session.Index == 0 {
		return fmt.Errorf("the session of client %q has no name, number or index", r.Client)
	}
	return r.Session.Result.validate()
}

// checksumBytes is what stands before the CBOR of a chunk: its xxHash64, big-endian.
const checksumBytes = 8

func (c Chunk) encode() []byte { return checked(codec.Marshal(c)) }

func checked(body []byte) []byte {
	data := binary.BigEndian.AppendUint64(make([]byte, 0, checksumBytes+len(body)), xxhash.Sum64(body))
	return append(data, body...)
}

// DecodeChunk reverses the encoding of Snapshot.Chunk. The error says why data is no chunk:
// it is damaged, or holds what no store can hold.
func DecodeChunk(data []byte) (Chunk, error) {
	var c Chunk
	if err := decodeChunk(data, &c); err != nil {
		return Chunk{}, fmt.Errorf("decode chunk: %w", err)
	}
	return c, nil
}

func decodeChunk(data []byte, c *Chunk) error {
	if len(data) < checksumBytes || len(data) > limits.EncodedChunkBytesMax {
		return fmt.Errorf("it has %d bytes, not %d to %d", len(data), checksumBytes, limits.EncodedChunkBytesMax)
	}
	body := data[checksumBytes:]
	if binary.BigEndian.Uint64(data) != xxhash.Sum64(body) {
		return errors.New("its checksum is wrong")
	}
	if err := codec.Unmarshal(body, c); err != nil {
		return err
	}
	switch {
	case !c.Last && len(c.Items)+len(c.Sessions) == 0:
		return errors.New("it is empty and not the last")
	case !c.Last && c.Hash != 0:
		return errors.New("it has the hash of the last one")
	}
	for _, r := range c.Items {
		if err := r.validate(); err != nil {
			return err
		}
	}
	for i := range c.Sessions {
		if err := c.Sessions[i].validate(); err != nil {
			return err
		}
	}
	return nil
}
