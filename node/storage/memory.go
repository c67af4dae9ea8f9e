package storage

import (
	"fmt"
	"maps"
	"slices"

	"senkei/node/kv"
	"senkei/node/replica"
)

// Memory keeps a replica's data in memory, for tests. Everything written counts as
// durable. Its methods belong to one goroutine. The contents of values are shared with
// the caller and must not be changed.
type Memory struct {
	disk   replica.Disk
	extent extent
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{disk: newDecoder().disk} }

// Load returns a copy of everything that is stored.
func (m *Memory) Load() (replica.Disk, error) {
	d := m.disk
	d.Entries = slices.Clone(d.Entries)
	d.State.Items = maps.Clone(d.State.Items)
	d.State.Sessions = maps.Clone(d.State.Sessions)
	if err := validate(d); err != nil {
		return replica.Disk{}, fmt.Errorf("load from memory: %w", err)
	}
	return d, nil
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
		if len(effect.Entries) > 0 {
			m.disk.Entries = append(m.disk.Entries[:effect.Entries[0].Index-1], effect.Entries...)
		}
	}
	m.extent = after
	return nil
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

// Failed never delivers anything: memory does not fail.
func (m *Memory) Failed() <-chan error { return nil }

// Close does nothing; what is stored can still be loaded.
func (m *Memory) Close() error { return nil }
