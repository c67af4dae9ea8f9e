package pebble

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/codec"
	"senkei/node/storage"
)

// FuzzRecord reads arbitrary records: none makes the decoder panic, and what it accepts is
// written and read again without a difference.
func FuzzRecord(f *testing.F) {
	f.Fuzz(func(t *testing.T, key, value []byte) {
		d := newDecoder()
		d.staging = &storage.Staging{} // so that records of both generations are taken
		if d.add(key, value) != nil {
			return
		}
		written := rewritten(d, key, value)
		again := newDecoder()
		again.staging = &storage.Staging{}
		require.NoError(t, again.add(key, written))
		require.Equal(t, written, rewritten(again, key, written))
	})
}

// rewritten returns the value that the encoders give the record that d has taken.
func rewritten(d *decoder, key, value []byte) []byte {
	name := func() string { return string(key[9:]) }
	state := d.disk.State
	if len(d.staged.Items)+len(d.staged.Sessions) > 0 {
		state = d.staged
	}
	switch key[0] {
	case statePrefix:
		return encodeState(d.generation, d.disk.State.Applied)
	case basePrefix:
		return codec.Marshal(d.disk.Base)
	case hardPrefix:
		return codec.Marshal(d.disk.Hard)
	case stagingPrefix:
		return codec.Marshal(*d.staging)
	case logPrefix:
		return appendEntry(nil, d.disk.Entries[0])
	case itemPrefix:
		return appendItem(nil, state.Items[name()])
	case sessionPrefix:
		return codec.Marshal(state.Sessions[name()])
	default:
		return value // the format, which Open reads
	}
}
