package storage

import (
	"fmt"
	"maps"
	"slices"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// Memory keeps a replica's data in memory, for tests. Everything written counts as
// durable. Its methods belong to one goroutine. The contents of values are shared with
// the caller and must not be changed.
type Memory struct {
	disk   replica.Disk // without Staged
	staged kv.State     // what extent.staging describes
	extent extent
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{disk: replica.Disk{State: emptyState()}, staged: emptyState()}
}

// Load returns a copy of everything that is stored.
func (m *Memory) Load() (replica.Disk, error) {
	d := decoder{disk: m.disk, staging: m.extent.staging, staged: cloneState(m.staged)}
	d.disk.Entries = append([]raft.Entry(nil), m.disk.Entries...)
	d.disk.State = cloneState(m.disk.State)
	disk, err := d.result()
	if err != nil {
		return replica.Disk{}, fmt.Errorf("load from memory: %w", err)
	}
	return disk, nil
}

func cloneState(s kv.State) kv.State {
	s.Items, s.Sessions = maps.Clone(s.Items), maps.Clone(s.Sessions)
	return s
}

// Bootstrap stores with what a server of a new cluster begins, as Pebble.Bootstrap does.
func (m *Memory) Bootstrap(d replica.Disk) error {
	before, err := m.Load()
	var after extent
	if err == nil {
		after, err = m.extent.bootstrap(before, d)
	}
	if err != nil {
		return fmt.Errorf("bootstrap in memory: %w", err)
	}
	m.disk.Hard, m.disk.Base, m.disk.State.Applied = d.Hard, d.Base, d.State.Applied
	m.extent = after
	return nil
}

// Persist stores the whole batch, as Pebble.Persist does.
func (m *Memory) Persist(batch []replica.Persist) error {
	after, err := m.extent.persist(batch)
	if err != nil {
		return fmt.Errorf("persist in memory: %w", err)
	}
	for _, effect := range batch {
		if effect.Hard != nil {
			m.disk.Hard = *effect.Hard
		}
		if effect.Install != nil {
			m.install(*effect.Install)
		}
		if len(effect.Entries) > 0 {
			kept := effect.Entries[0].Index - 1 - m.disk.Base.Index
			m.disk.Entries = append(m.disk.Entries[:kept], effect.Entries...)
		}
	}
	m.extent = after
	return nil
}

func (m *Memory) install(i raft.Install) {
	if i.KeepLog {
		m.cut(i.Meta)
	} else {
		m.disk.Base, m.disk.Entries = i.Meta, nil
	}
	m.disk.State, m.staged = m.staged, emptyState()
}

// cut removes the log up to and including meta.Index.
func (m *Memory) cut(meta raft.SnapshotMeta) {
	m.disk.Entries = slices.Clone(m.disk.Entries[meta.Index-m.disk.Base.Index:])
	m.disk.Base = meta
}

// Apply stores changes of the key-value state, as Pebble.Apply does.
func (m *Memory) Apply(changes []kv.Change) error {
	after, err := m.extent.apply(changes)
	if err != nil {
		return fmt.Errorf("apply in memory: %w", err)
	}
	for _, change := range changes {
		m.disk.State.Apply(change)
	}
	m.extent = after
	return nil
}

// Stage stores one chunk of a snapshot, as Pebble.Stage does.
func (m *Memory) Stage(s replica.Stage) error {
	after, err := m.extent.stage(s)
	if err != nil {
		return fmt.Errorf("stage in memory: %w", err)
	}
	if s.Number == 0 {
		m.staged = emptyState()
		m.staged.Applied = s.Meta.Index
	}
	m.staged.Add(s.Chunk)
	m.extent = after
	return nil
}

// Compact removes the beginning of the log, as Pebble.Compact does.
func (m *Memory) Compact(meta raft.SnapshotMeta) error {
	after, err := m.extent.compact(meta)
	if err != nil {
		return fmt.Errorf("compact in memory: %w", err)
	}
	m.cut(meta)
	m.extent = after
	return nil
}

// Failed never delivers anything: memory does not fail.
func (m *Memory) Failed() <-chan error { return nil }

// Close does nothing; what is stored can still be loaded.
func (m *Memory) Close() error { return nil }
