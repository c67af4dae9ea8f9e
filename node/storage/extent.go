package storage

import (
	"errors"
	"fmt"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// extent is how far the log, the state and a staged snapshot reach. It tells whether a
// write fits to what is there already.
type extent struct {
	base    uint64 // index of the entry before the first one of the log
	last    uint64 // index of the last log entry, base where there is none
	applied uint64 // Invariant: base <= applied <= last
	// generation is the number that the keys of the state carry.
	generation uint64
	staging    *staging // nil where nothing is staged; never changed in place
}

// bootstrap returns the extent of a store that held before and then begins with d.
func (e extent) bootstrap(before, d replica.Disk) (extent, error) {
	switch {
	case !before.Blank() || e.staging != nil:
		return e, errors.New("it holds data of a cluster already; only a new server can begin one")
	case len(d.Base.Configuration.Servers) == 0:
		return e, errors.New("the configuration names no server")
	case len(d.Entries) > 0 || d.Staged != nil || len(d.State.Items)+len(d.State.Sessions) > 0:
		return e, errors.New("a cluster begins with an empty state and an empty log")
	case d.State.Applied != d.Base.Index:
		return e, fmt.Errorf("the state reaches entry %d, but the log begins after entry %d", d.State.Applied, d.Base.Index)
	}
	return extent{base: d.Base.Index, last: d.Base.Index, applied: d.State.Applied}, d.Base.Configuration.Validate()
}

// persist returns the extent after the batch.
func (e extent) persist(batch []replica.Persist) (extent, error) {
	after := e
	for _, p := range batch {
		var err error
		if after, err = after.effect(p); err != nil {
			return e, err
		}
	}
	if after.applied > after.last {
		return e, fmt.Errorf("the log would end at entry %d, but entry %d is applied", after.last, after.applied)
	}
	return after, nil
}

// effect returns the extent after one Persist effect.
func (e extent) effect(p replica.Persist) (extent, error) {
	if p.Install != nil {
		var err error
		if e, err = e.install(*p.Install); err != nil {
			return e, err
		}
	}
	return e.entries(p.Entries)
}

func (e extent) install(i raft.Install) (extent, error) {
	meta := i.Meta
	switch {
	case e.staging == nil || !e.staging.Meta.Names(meta):
		return e, fmt.Errorf("the snapshot at entry %d of term %d to be installed is not staged", meta.Index, meta.Term)
	case !e.staging.Complete:
		return e, fmt.Errorf("the snapshot at entry %d to be installed lacks chunk %d", meta.Index, e.staging.Next)
	case meta.Index < e.applied:
		return e, fmt.Errorf("the snapshot at entry %d is older than the state, which reaches entry %d", meta.Index, e.applied)
	case i.KeepLog && meta.Index > e.last:
		return e, fmt.Errorf("the log cannot be kept after entry %d: it ends at entry %d", meta.Index, e.last)
	}
	if !i.KeepLog {
		e.last = meta.Index
	}
	e.base, e.applied = meta.Index, meta.Index
	e.generation, e.staging = e.generation+1, nil
	return e, nil
}

func (e extent) entries(entries []raft.Entry) (extent, error) {
	if len(entries) == 0 {
		return e, nil
	}
	first := entries[0].Index
	if first <= e.base || first > e.last+1 {
		return e, fmt.Errorf("log entry %d does not follow the last one, %d, nor replace one after %d", first, e.last, e.base)
	}
	for i, entry := range entries {
		if want := first + uint64(i); entry.Index != want {
			return e, fmt.Errorf("log entry %d where %d is due", entry.Index, want)
		}
		e.last = entry.Index
	}
	return e, nil
}

// apply returns the extent after the changes.
func (e extent) apply(changes []kv.Change) (extent, error) {
	after := e
	for _, change := range changes {
		if change.Applied != after.applied+1 {
			return e, fmt.Errorf("entry %d applied after entry %d", change.Applied, after.applied)
		}
		after.applied = change.Applied
	}
	if after.applied > after.last {
		return e, fmt.Errorf("entry %d applied, but the log ends at entry %d", after.applied, after.last)
	}
	return after, nil
}

// stage returns the extent after one more chunk.
func (e extent) stage(s replica.Stage) (extent, error) {
	switch {
	case s.Number == 0:
	case e.staging == nil || !e.staging.Meta.Names(s.Meta):
		return e, fmt.Errorf("chunk %d of the snapshot at entry %d of term %d, of which no other chunk is staged",
			s.Number, s.Meta.Index, s.Meta.Term)
	case e.staging.Complete:
		return e, fmt.Errorf("chunk %d of the snapshot at entry %d, all %d chunks of which are staged",
			s.Number, s.Meta.Index, e.staging.Next)
	case s.Number != e.staging.Next:
		return e, fmt.Errorf("chunk %d of the snapshot at entry %d where chunk %d is due",
			s.Number, s.Meta.Index, e.staging.Next)
	}
	e.staging = &staging{Meta: s.Meta, Next: s.Number + 1, Complete: s.Chunk.Last}
	return e, nil
}

// compact returns the extent after the log up to meta.Index is gone.
func (e extent) compact(meta raft.SnapshotMeta) (extent, error) {
	if meta.Index < e.base || meta.Index > e.applied {
		return e, fmt.Errorf("the log cannot begin after entry %d: it begins after entry %d, and the state reaches entry %d",
			meta.Index, e.base, e.applied)
	}
	e.base = meta.Index
	return e, nil
}

// validate says where what a restart finds contradicts itself.
func validate(d replica.Disk) error {
	last, term := d.Base.Index, d.Base.Term
	for _, entry := range d.Entries {
		if entry.Index != last+1 {
			return fmt.Errorf("log entry %d is missing: entry %d follows entry %d", last+1, entry.Index, last)
		}
		if entry.Term < term {
			return fmt.Errorf("log entry %d: its term %d is below term %d of the entry before", entry.Index, entry.Term, term)
		}
		last, term = entry.Index, entry.Term
	}
	if d.State.Applied > last {
		return fmt.Errorf("the state reaches entry %d, but the log ends at entry %d", d.State.Applied, last)
	}
	if d.State.Applied < d.Base.Index {
		return fmt.Errorf("the state reaches entry %d, but the log begins after entry %d", d.State.Applied, d.Base.Index)
	}
	return nil
}
