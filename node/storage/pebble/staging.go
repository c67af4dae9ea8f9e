package pebble

import (
	"github.com/cockroachdb/pebble/v2"

	"senkei/node/codec"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
)

// A snapshot is received beside the state, which stays in use meanwhile. Both lie in the
// same key space: every key of an item or a session begins with a generation, and one record
// says which generation is the state. The next one is where chunks are staged. To install
// the snapshot is to count that record up by one, which no crash can do by halves.

// putChunk adds a chunk and what is staged after it to a batch. The two go together, so
// that no crash leaves a chunk out.
func putChunk(b *pebble.Batch, before storage.Extent, s replica.Stage, after *storage.Staging) error {
	next := before.Generation + 1
	if s.Number == 0 && before.Staging != nil {
		if err := deleteGeneration(b, next); err != nil {
			return err
		}
	}
	var value []byte
	for _, record := range s.Chunk.Items {
		value = appendItem(value[:0], record.Item)
		if err := b.Set(nameKey(itemPrefix, next, record.Key), value, nil); err != nil {
			return err
		}
	}
	for _, record := range s.Chunk.Sessions {
		if err := b.Set(nameKey(sessionPrefix, next, record.Client), codec.Marshal(record.Session), nil); err != nil {
			return err
		}
	}
	return b.Set([]byte{stagingPrefix}, codec.Marshal(*after), nil)
}

// putInstall adds to a batch what makes the staged snapshot the state.
func putInstall(b *pebble.Batch, before storage.Extent, i raft.Install) error {
	if err := deleteGeneration(b, before.Generation); err != nil {
		return err
	}
	if err := b.Set([]byte{statePrefix}, encodeState(before.Generation+1, i.Meta.Index), nil); err != nil {
		return err
	}
	if err := b.Delete([]byte{stagingPrefix}, nil); err != nil {
		return err
	}
	last := before.Last
	if i.KeepLog {
		last = i.Meta.Index
	}
	return putBase(b, before.Base, i.Meta, last)
}

// putBase adds to a batch that the log, which begins after the entry base, goes up to and
// including the entry last, and that what is left begins after meta.
func putBase(b *pebble.Batch, base uint64, meta raft.SnapshotMeta, last uint64) error {
	if err := b.Set([]byte{basePrefix}, codec.Marshal(meta), nil); err != nil {
		return err
	}
	return deleteLog(b, base+1, last)
}

func deleteLog(b *pebble.Batch, first, last uint64) error {
	if first > last {
		return nil
	}
	return b.DeleteRange(logKey(first), logKey(last+1), nil)
}

func deleteGeneration(b *pebble.Batch, generation uint64) error {
	for _, prefix := range []byte{itemPrefix, sessionPrefix} {
		if err := b.DeleteRange(numberKey(prefix, generation), numberKey(prefix, generation+1), nil); err != nil {
			return err
		}
	}
	return nil
}
