package memory

import (
	"fmt"
	"maps"
	"slices"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
)

// write is what one call writes. A crash leaves all of it or nothing.
type write struct {
	persists []replica.Persist
	changes  []kv.Change
	stage    *replica.Stage
	compact  *raft.SnapshotMeta
	after    storage.Extent // of the image that holds it
}

// image is what a disk holds.
type image struct {
	disk   replica.Disk // without Staged
	staged kv.State     // what extent.Staging describes
	extent storage.Extent
	rotten []uint64 // indices of the log entries that are damaged
}

func emptyImage() image {
	return image{disk: replica.Disk{State: storage.EmptyState()}, staged: storage.EmptyState()}
}

// clone returns a copy whose slices and maps are its own.
func (i *image) clone() image {
	c := *i
	c.disk.Entries, c.rotten = slices.Clone(i.disk.Entries), slices.Clone(i.rotten)
	c.disk.State, c.staged = cloneState(i.disk.State), cloneState(i.staged)
	return c
}

func cloneState(s kv.State) kv.State {
	s.Items, s.Sessions = maps.Clone(s.Items), maps.Clone(s.Sessions)
	return s
}

// load returns what a restart finds. It is the image's own and not a copy.
func (i *image) load() (replica.Disk, error) {
	if len(i.rotten) > 0 {
		return replica.Disk{}, fmt.Errorf("log entry %d: its checksum does not match", slices.Min(i.rotten))
	}
	disk := i.disk
	if len(disk.Entries) == 0 {
		disk.Entries = nil
	}
	return storage.Recover(disk, i.extent.Staging, i.staged)
}

// term returns the term of the log entry at index, or of the base where index is there.
func (i *image) term(index uint64) (term uint64, ok bool) {
	base := &i.disk.Base
	switch {
	case index == base.Index:
		return base.Term, true
	case index < base.Index || index > i.extent.Last:
		return 0, false
	}
	return i.disk.Entries[index-base.Index-1].Term, true
}

// do writes what fits to what is there already.
func (i *image) do(w write) {
	switch {
	case w.stage != nil:
		i.stage(*w.stage)
	case w.compact != nil:
		i.cut(*w.compact)
	}
	for _, effect := range w.persists {
		i.persist(effect)
	}
	for _, change := range w.changes {
		i.disk.State.Apply(change)
	}
	i.extent = w.after
}

func (i *image) persist(effect replica.Persist) {
	if effect.Hard != nil {
		i.disk.Hard = *effect.Hard
	}
	if effect.Install != nil {
		i.install(*effect.Install)
	}
	if len(effect.Entries) > 0 {
		first := effect.Entries[0].Index
		i.disk.Entries = append(i.disk.Entries[:first-1-i.disk.Base.Index], effect.Entries...)
		i.heal(first, ^uint64(0))
	}
}

func (i *image) install(install raft.Install) {
	if install.KeepLog {
		i.cut(install.Meta)
	} else {
		i.disk.Base, i.disk.Entries, i.rotten = install.Meta, nil, nil
	}
	i.disk.State, i.staged = i.staged, storage.EmptyState()
}

// cut removes the log up to and including meta.Index.
func (i *image) cut(meta raft.SnapshotMeta) {
	i.disk.Entries = slices.Delete(i.disk.Entries, 0, int(meta.Index-i.disk.Base.Index))
	i.disk.Base = meta
	i.heal(0, meta.Index)
}

func (i *image) stage(s replica.Stage) {
	if s.Number == 0 {
		i.staged = storage.EmptyState()
		i.staged.Applied = s.Meta.Index
	}
	i.staged.Add(s.Chunk)
}

// heal forgets the damage of the entries from first to last, which are no longer there.
func (i *image) heal(first, last uint64) {
	i.rotten = slices.DeleteFunc(i.rotten, func(index uint64) bool { return first <= index && index <= last })
}
