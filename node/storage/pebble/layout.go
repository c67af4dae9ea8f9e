package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"

	"senkei/node/codec"
	"senkei/node/kv"
	"senkei/node/raft"
)

// format is the version of the layout below. Whoever changes the layout raises it.
const format = 1

// The first byte of a key says what it holds; the small records lie before the large ones.
// Numbers in keys are big-endian, 8 bytes, so that they lie in their order. Values are CBOR
// (RFC 8949) unless said otherwise.
const (
	statePrefix   = 'a' // the key alone: generation and applied index, 8 bytes each, big-endian
	basePrefix    = 'b' // the key alone: raft.SnapshotMeta
	formatPrefix  = 'f' // the key alone: format, a varint
	hardPrefix    = 'h' // the key alone: raft.HardState
	stagingPrefix = 'i' // the key alone: staging
	itemPrefix    = 'k' // generation, key: kv.Item, see appendItem
	logPrefix     = 'l' // index: raft.Entry, see appendEntry
	sessionPrefix = 's' // generation, client: kv.Session
)

func logKey(index uint64) []byte { return numberKey(logPrefix, index) }

func numberKey(prefix byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefix}, n)
}

// nameKey returns the key of an item or a session of one generation.
func nameKey(prefix byte, generation uint64, name string) []byte {
	key := make([]byte, 0, 9+len(name))
	return append(binary.BigEndian.AppendUint64(append(key, prefix), generation), name...)
}

func logIndex(key []byte) (uint64, error) {
	if len(key) != 9 {
		return 0, fmt.Errorf("log key %x: %d bytes instead of 9", key, len(key))
	}
	return binary.BigEndian.Uint64(key[1:]), nil
}

func encodeState(generation, applied uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, generation), applied)
}

func decodeState(value []byte) (generation, applied uint64, err error) {
	if len(value) != 16 {
		return 0, 0, fmt.Errorf("generation and applied index: %d bytes instead of 16", len(value))
	}
	return binary.BigEndian.Uint64(value), binary.BigEndian.Uint64(value[8:]), nil
}

// The first byte of an entry says how the rest is written. Commands, which are almost all
// entries, have a layout of their own, because it costs a small part of what CBOR does.
const (
	plainCommand byte = iota // term as a varint, data
	cborEntry                // any other raft.Entry
)

// appendEntry adds the value of an entry's record to b.
func appendEntry(b []byte, e raft.Entry) []byte {
	if e.Kind != raft.Command {
		return append(append(b, cborEntry), codec.Marshal(e)...)
	}
	return append(binary.AppendUvarint(append(b, plainCommand), e.Term), e.Data...)
}

// decodeEntry reverses appendEntry.
func decodeEntry(index uint64, value []byte) (raft.Entry, error) {
	e := raft.Entry{Index: index}
	if len(value) == 0 {
		return e, errors.New("no bytes")
	}
	how, value := value[0], value[1:]
	switch how {
	case plainCommand:
		var err error
		if e.Term, value, err = codec.TakeUvarint(value); err != nil {
			return e, fmt.Errorf("its term: %w", err)
		}
		e.Data = append(e.Data, value...) // value is not ours to keep
		return e, e.Validate()
	case cborEntry:
		if err := codec.Unmarshal(value, &e); err != nil {
			return e, err
		}
	default:
		return e, fmt.Errorf("unknown layout %d", how)
	}
	if e.Index != index {
		return e, fmt.Errorf("it says that it is entry %d", e.Index)
	}
	if e.Kind == raft.Command {
		return e, errors.New("a command in the layout of other entries")
	}
	return e, e.Validate()
}

// appendItem adds the value of an item's record to b: the revision as a varint, the value.
func appendItem(b []byte, item kv.Item) []byte {
	return append(binary.AppendUvarint(b, item.Revision), item.Value...)
}

// decodeItem reverses appendItem.
func decodeItem(value []byte) (kv.Item, error) {
	revision, value, err := codec.TakeUvarint(value)
	if err != nil {
		return kv.Item{}, fmt.Errorf("its revision: %w", err)
	}
	return kv.Item{Value: string(value), Revision: revision}, nil
}
