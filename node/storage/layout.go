package storage

import (
	"encoding/binary"
	"fmt"

	"senkei/node/codec"
	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// The first byte of a key says what it holds. Indexes are big-endian, so that entries
// lie in the order of the log. Values are CBOR (RFC 8949) unless said otherwise.
const (
	appliedPrefix = 'a' // the key alone: log index up to which the state reaches, 8 bytes big-endian
	hardPrefix    = 'h' // the key alone: raft.HardState
	itemPrefix    = 'k' // key: kv.Item
	logPrefix     = 'l' // index, 8 bytes: raft.Entry
	sessionPrefix = 's' // client: kv.Session
)

func logKey(index uint64) []byte { return binary.BigEndian.AppendUint64([]byte{logPrefix}, index) }

func logIndex(key []byte) (uint64, error) {
	if len(key) != 9 {
		return 0, fmt.Errorf("log key %x: %d bytes instead of 9", key, len(key))
	}
	return binary.BigEndian.Uint64(key[1:]), nil
}

func nameKey(prefix byte, name string) []byte { return append([]byte{prefix}, name...) }

// decoder gathers a replica.Disk from single records, given in the order of their keys.
type decoder struct{ disk replica.Disk }

func newDecoder() *decoder {
	return &decoder{replica.Disk{State: kv.State{Items: map[string]kv.Item{}, Sessions: map[string]kv.Session{}}}}
}

// add takes one record; the error names it.
func (d *decoder) add(key, value []byte) error {
	if len(key) == 0 {
		return fmt.Errorf("record with an empty key")
	}
	prefix, name := key[0], string(key[1:])
	switch {
	case prefix == appliedPrefix && name == "":
		return d.addApplied(value)
	case prefix == hardPrefix && name == "":
		return decode("hard state", value, &d.disk.Hard)
	case prefix == logPrefix:
		return d.addEntry(key, value)
	case prefix == itemPrefix:
		var item kv.Item
		err := decode(fmt.Sprintf("key %q", name), value, &item)
		d.disk.State.Items[name] = item
		return err
	case prefix == sessionPrefix:
		var session kv.Session
		err := decode(fmt.Sprintf("session of client %q", name), value, &session)
		d.disk.State.Sessions[name] = session
		return err
	default:
		return fmt.Errorf("record %q: its key has no known meaning", key)
	}
}

func (d *decoder) addApplied(value []byte) error {
	if len(value) != 8 {
		return fmt.Errorf("applied index: %d bytes instead of 8", len(value))
	}
	d.disk.State.Applied = binary.BigEndian.Uint64(value)
	return nil
}

func (d *decoder) addEntry(key, value []byte) error {
	index, err := logIndex(key)
	if err != nil {
		return err
	}
	var entry raft.Entry
	if err := decode(fmt.Sprintf("log entry %d", index), value, &entry); err != nil {
		return err
	}
	if entry.Index != index {
		return fmt.Errorf("log entry %d: it says that it is entry %d", index, entry.Index)
	}
	if entry.Kind > raft.NoOp {
		return fmt.Errorf("log entry %d: unknown kind %d", index, uint8(entry.Kind))
	}
	d.disk.Entries = append(d.disk.Entries, entry)
	return nil
}

func decode(what string, value []byte, into any) error {
	if err := codec.Unmarshal(value, into); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
