package memory

import (
	"fmt"
	"slices"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
)

// Store keeps a replica's data in memory, as the twin of Pebble also where the power is lost:
// what Persist and Bootstrap write is durable, with all that was written before, and what
// Apply, Stage and Compact write only once the next Persist is. The end of a process loses
// nothing; PowerLoss takes away an end of what is not durable, call by call, never a part of
// one. (Pebble gathers what need not be durable in the process, so that there a kill, too, may
// take away an end of that.)
//
// Its methods belong to one goroutine. The slices of effects, changes and entries that a call
// gets are the caller's again when it returns, and so is everything that Load returns, but for
// what is shared with the caller and must not be changed: the data of entries, configurations,
// the maps of changes, the records of chunks, and the contents of values.
type Store struct {
	durable  image
	unsynced []write        // after durable, in order
	extent   storage.Extent // of everything that is written
}

var _ storage.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{durable: emptyImage()} }

// Clone returns a second store with the same contents, for whoever wants to see more than one
// way in which a power loss can end.
func (m *Store) Clone() *Store {
	return &Store{durable: m.durable.clone(), unsynced: slices.Clone(m.unsynced), extent: m.extent}
}

// Extent returns how far everything that is written reaches.
func (m *Store) Extent() storage.Extent { return m.extent }

// Load returns a copy of everything that is written. An error names what is damaged.
func (m *Store) Load() (replica.Disk, error) {
	written := m.durable.clone()
	for _, w := range m.unsynced {
		written.do(w)
	}
	disk, err := written.load()
	if err != nil {
		return replica.Disk{}, fmt.Errorf("load from memory: %w", err)
	}
	return disk, nil
}

// Bootstrap stores with what a server of a new cluster begins, as in Pebble.
func (m *Store) Bootstrap(d replica.Disk) error {
	before, err := m.Load()
	var after storage.Extent
	if err == nil {
		after, err = m.extent.Bootstrap(before, d)
	}
	if err != nil {
		return fmt.Errorf("bootstrap in memory: %w", err)
	}
	m.write(write{after: after}, synced)
	disk := &m.durable.disk
	disk.Hard, disk.Base, disk.State.Applied = d.Hard, d.Base, d.State.Applied
	return nil
}

// Persist stores the whole batch and makes it durable, as in Pebble: there, too, a
// batch with nothing in it makes nothing durable.
func (m *Store) Persist(batch []replica.Persist) error {
	after, err := m.extent.Persist(batch)
	if err != nil {
		return fmt.Errorf("persist in memory: %w", err)
	}
	if !slices.ContainsFunc(batch, holdsSomething) {
		return nil
	}
	m.write(write{persists: batch, after: after}, synced)
	return nil
}

func holdsSomething(p replica.Persist) bool {
	return p.Hard != nil || p.Install != nil || len(p.Entries) > 0
}

// Apply stores changes of the key-value state, as in Pebble.
func (m *Store) Apply(changes []kv.Change) error {
	after, err := m.extent.Apply(changes)
	if err != nil {
		return fmt.Errorf("apply in memory: %w", err)
	}
	if len(changes) > 0 {
		m.write(write{changes: changes, after: after}, unsynced)
	}
	return nil
}

// Stage stores one chunk of a snapshot, as in Pebble.
func (m *Store) Stage(s replica.Stage) error {
	after, err := m.extent.Stage(s)
	if err != nil {
		return fmt.Errorf("stage in memory: %w", err)
	}
	m.write(write{stage: &s, after: after}, unsynced)
	return nil
}

// Compact removes the beginning of the log, as in Pebble.
func (m *Store) Compact(meta raft.SnapshotMeta) error {
	after, err := m.extent.Compact(meta)
	if err != nil {
		return fmt.Errorf("compact in memory: %w", err)
	}
	m.write(write{compact: &meta, after: after}, unsynced)
	return nil
}

// Failed never delivers anything: memory does not fail.
func (m *Store) Failed() <-chan error { return nil }

// Close does nothing; what is stored can still be loaded.
func (m *Store) Close() error { return nil }

// What write is told.
const (
	unsynced = false
	synced   = true
)

// write writes, and makes it durable, with all that was written before, if sync says so.
func (m *Store) write(w write, sync bool) {
	m.extent = w.after
	if sync {
		m.settle(len(m.unsynced))
		m.durable.do(w)
		return
	}
	// The slices are the caller's.
	w.persists, w.changes = slices.Clone(w.persists), slices.Clone(w.changes)
	m.unsynced = append(m.unsynced, w)
}

// settle makes the first n unsynced writes durable and forgets the others.
func (m *Store) settle(n int) {
	for _, w := range m.unsynced[:n] {
		m.durable.do(w)
	}
	clear(m.unsynced)
	m.unsynced = m.unsynced[:0]
}

// Unsynced returns how many writes a power loss may take away: the calls of Apply, Stage and
// Compact since the last sync, unless they wrote nothing.
func (m *Store) Unsynced() int { return len(m.unsynced) }

// PowerLoss takes away all unsynced writes but the first keep of them, which are durable then.
// It panics unless keep lies between 0 and Unsynced.
func (m *Store) PowerLoss(keep int) {
	if keep < 0 || keep > len(m.unsynced) {
		panic(fmt.Sprintf("memory: a power loss that keeps %d of %d unsynced writes", keep, len(m.unsynced)))
	}
	m.settle(keep)
	m.extent = m.durable.extent
}

// DurableHard returns the hard state that every power loss leaves.
func (m *Store) DurableHard() raft.HardState { return m.durable.disk.Hard }

// DurableTerm returns the term of the log entry at index that every power loss leaves, or of
// the base of the log where that is at index. It is not ok where there is neither. It does not
// look for damage.
func (m *Store) DurableTerm(index uint64) (term uint64, ok bool) { return m.durable.term(index) }

// DurableBase returns the index of the entry before the first one of the log that every power
// loss leaves: what lies before is in the state.
func (m *Store) DurableBase() uint64 { return m.durable.disk.Base.Index }

// Rot damages the log entry at index, so that Load fails, as Pebble's does when a checksum does
// not match, until the entry is replaced or compacted away. It returns false where there is no
// such entry or where it is not durable.
func (m *Store) Rot(index uint64) bool {
	if index <= m.extent.Base || index > min(m.extent.Last, m.durable.extent.Last) {
		return false
	}
	if !slices.Contains(m.durable.rotten, index) {
		m.durable.rotten = append(m.durable.rotten, index)
	}
	return true
}
