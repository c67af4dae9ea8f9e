package storage

import (
	"errors"
	"fmt"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// Extent is how far the log, the state and a staged snapshot of a store reach. Every write
// of either implementation first asks its extent, whose methods return the extent after the
// write, or say in an error why it does not fit to what is there already; so both refuse the
// same, in the same words, before anything is written. The zero Extent is an empty store's.
// All indices are indices of the log; the first entry has 1.
type Extent struct {
	Base    uint64 // the entry before the first one of the log, 0 where nothing was compacted
	Last    uint64 // the last entry of the log, Base where there is none
	Applied uint64 // the state reaches up to here. Invariant: Base <= Applied <= Last
	// Generation counts the snapshots that were installed. In Pebble it is the number that
	// the keys of the state carry.
	Generation uint64
	Staging    *Staging // nil where nothing is staged; never changed in place
}

// Staging is how much of a snapshot is staged: received, but not installed yet.
type Staging struct {
	Meta raft.SnapshotMeta `cbor:"1,keyasint"`
	Next uint64            `cbor:"2,keyasint"` // number of the chunk that is due; the first is 0
	// Complete means that the last chunk is staged.
	Complete bool `cbor:"3,keyasint,omitempty"`
}

// Bootstrap returns the extent of a store that held before, which must be blank, and then
// begins with d, which must be a configuration and an empty state.
func (e Extent) Bootstrap(before, d replica.Disk) (Extent, error) {
	switch {
	case !before.Blank() || e.Staging != nil:
		return e, errors.New("it holds data of a cluster already; only a new server can begin one")
	case len(d.Base.Configuration.Servers) == 0:
		return e, errors.New("the configuration names no server")
	case len(d.Entries) > 0 || d.Staged != nil || len(d.State.Items)+len(d.State.Sessions) > 0:
		return e, errors.New("a cluster begins with an empty state and an empty log")
	case d.State.Applied != d.Base.Index:
		return e, fmt.Errorf("the state reaches entry %d, but the log begins after entry %d", d.State.Applied, d.Base.Index)
	}
	return Extent{Base: d.Base.Index, Last: d.Base.Index, Applied: d.State.Applied}, d.Base.Configuration.Validate()
}

// Persist returns the extent after the batch, at whose end the log must hold all that is
// applied.
func (e Extent) Persist(batch []replica.Persist) (Extent, error) {
	after := e
	for _, p := range batch {
		var err error
		if after, err = after.effect(p); err != nil {
			return e, err
		}
	}
	if after.Applied > after.Last {
		return e, fmt.Errorf("the log would end at entry %d, but entry %d is applied", after.Last, after.Applied)
	}
	return after, nil
}

// effect returns the extent after one Persist effect.
func (e Extent) effect(p replica.Persist) (Extent, error) {
	if p.Install != nil {
		var err error
		if e, err = e.Install(*p.Install); err != nil {
			return e, err
		}
	}
	return e.Entries(p.Entries)
}

// Install returns the extent after a staged snapshot has taken the place of the state. It is
// an error unless all chunks are staged and the snapshot reaches at least as far as the state.
func (e Extent) Install(i raft.Install) (Extent, error) {
	meta := i.Meta
	switch {
	case e.Staging == nil || !e.Staging.Meta.Names(meta):
		return e, fmt.Errorf("the snapshot at entry %d of term %d to be installed is not staged", meta.Index, meta.Term)
	case !e.Staging.Complete:
		return e, fmt.Errorf("the snapshot at entry %d to be installed lacks chunk %d", meta.Index, e.Staging.Next)
	case meta.Index < e.Applied:
		return e, fmt.Errorf("the snapshot at entry %d is older than the state, which reaches entry %d", meta.Index, e.Applied)
	case i.KeepLog && meta.Index > e.Last:
		return e, fmt.Errorf("the log cannot be kept after entry %d: it ends at entry %d", meta.Index, e.Last)
	}
	if !i.KeepLog {
		e.Last = meta.Index
	}
	e.Base, e.Applied = meta.Index, meta.Index
	e.Generation, e.Staging = e.Generation+1, nil
	return e, nil
}

// Entries returns the extent after the entries have replaced the log from the first one's
// index on, which must follow the base and leave no gap.
func (e Extent) Entries(entries []raft.Entry) (Extent, error) {
	if len(entries) == 0 {
		return e, nil
	}
	first := entries[0].Index
	if first <= e.Base || first > e.Last+1 {
		return e, fmt.Errorf("log entry %d does not follow the last one, %d, nor replace one after %d", first, e.Last, e.Base)
	}
	for i, entry := range entries {
		if want := first + uint64(i); entry.Index != want {
			return e, fmt.Errorf("log entry %d where %d is due", entry.Index, want)
		}
		e.Last = entry.Index
	}
	return e, nil
}

// Apply returns the extent after the changes, which must follow each other and the state, and
// stand in the log.
func (e Extent) Apply(changes []kv.Change) (Extent, error) {
	after := e
	for _, change := range changes {
		if change.Applied != after.Applied+1 {
			return e, fmt.Errorf("entry %d applied after entry %d", change.Applied, after.Applied)
		}
		after.Applied = change.Applied
	}
	if after.Applied > after.Last {
		return e, fmt.Errorf("entry %d applied, but the log ends at entry %d", after.Applied, after.Last)
	}
	return after, nil
}

// Stage returns the extent after one more chunk: number 0 of any snapshot, or the next one of
// the snapshot that is staged.
func (e Extent) Stage(s replica.Stage) (Extent, error) {
	switch {
	case s.Number == 0:
	case e.Staging == nil || !e.Staging.Meta.Names(s.Meta):
		return e, fmt.Errorf("chunk %d of the snapshot at entry %d of term %d, of which no other chunk is staged",
			s.Number, s.Meta.Index, s.Meta.Term)
	case e.Staging.Complete:
		return e, fmt.Errorf("chunk %d of the snapshot at entry %d, all %d chunks of which are staged",
			s.Number, s.Meta.Index, e.Staging.Next)
	case s.Number != e.Staging.Next:
		return e, fmt.Errorf("chunk %d of the snapshot at entry %d where chunk %d is due",
			s.Number, s.Meta.Index, e.Staging.Next)
	}
	e.Staging = &Staging{Meta: s.Meta, Next: s.Number + 1, Complete: s.Chunk.Last}
	return e, nil
}

// Compact returns the extent after the log up to and including meta.Index is gone, all of
// which must be applied.
func (e Extent) Compact(meta raft.SnapshotMeta) (Extent, error) {
	if meta.Index < e.Base || meta.Index > e.Applied {
		return e, fmt.Errorf("the log cannot begin after entry %d: it begins after entry %d, and the state reaches entry %d",
			meta.Index, e.Base, e.Applied)
	}
	e.Base = meta.Index
	return e, nil
}
