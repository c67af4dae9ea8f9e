package pebble

import (
	"fmt"
	"log/slog"
	"maps"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"senkei/node/codec"
	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
)

// Store keeps a replica's data in a Pebble database. Its methods belong to one
// goroutine. A Persist can block as long as the disk does.
type Store struct {
	db      *pebble.DB
	failure *failure
	extent  storage.Extent
}

var _ storage.Store = (*Store)(nil)

// Options are what Open can do without.
type Options struct {
	FS     vfs.FS       // nil is the file system of the machine
	Logger *slog.Logger // takes Pebble's errors; nil drops them
}

// Open opens the data in dir, or creates it. A directory that is open already, or was
// written in another format, is an error.
func Open(dir string, opts Options) (*Store, error) {
	failure := newFailure(dir, opts.Logger)
	if opts.FS == nil {
		opts.FS = vfs.Default
	}
	db, err := pebble.Open(dir, tuned(watchedFS{FS: opts.FS, report: failure.report}, failure))
	if err != nil {
		return nil, fmt.Errorf("open storage in %s: %w", dir, err)
	}
	p := &Store{db: db, failure: failure}
	if err := p.checkFormat(); err != nil {
		_ = p.Close() // nothing was written that closing could lose
		return nil, fmt.Errorf("open storage in %s: %w", dir, err)
	}
	if err := failure.guard(p.measure); err != nil {
		_ = p.Close() // the data are of no use, whatever closing them says
		return nil, fmt.Errorf("open: %w", err)
	}
	return p, nil
}

// Extent returns how far everything that is written reaches.
func (p *Store) Extent() storage.Extent { return p.extent }

// Load returns everything that is stored. An error names what is damaged.
func (p *Store) Load() (disk replica.Disk, err error) {
	err = p.failure.guard(func() error {
		d := newDecoder()
		if err := p.scan(nil, d.add); err != nil {
			return err
		}
		disk, err = d.result()
		return err
	})
	if err != nil {
		return replica.Disk{}, fmt.Errorf("load: %w", err)
	}
	return disk, nil
}

// Bootstrap makes durable with what a server of a new cluster begins: a hard state, a base
// and the index that the state reaches. It is an error unless the storage is blank.
func (p *Store) Bootstrap(d replica.Disk) error {
	before, err := p.Load()
	if err != nil {
		return fmt.Errorf("bootstrap: %w", err)
	}
	next := func() (storage.Extent, error) { return p.extent.Bootstrap(before, d) }
	return p.advance("bootstrap", next, pebble.Sync, func(b *pebble.Batch, _ storage.Extent) error {
		if err := b.Set([]byte{hardPrefix}, codec.Marshal(d.Hard), nil); err != nil {
			return err
		}
		if err := b.Set([]byte{statePrefix}, encodeState(0, d.State.Applied), nil); err != nil {
			return err
		}
		return b.Set([]byte{basePrefix}, codec.Marshal(d.Base), nil)
	})
}

// Persist makes the whole batch durable at once, and with it whatever Apply, Stage and Compact
// were given before. After an error of the disk it is unknown whether the batch is stored, and
// every later call fails too.
func (p *Store) Persist(batch []replica.Persist) error {
	next := func() (storage.Extent, error) { return p.extent.Persist(batch) }
	return p.advance("persist", next, pebble.Sync, func(b *pebble.Batch, _ storage.Extent) (err error) {
		at := p.extent
		for _, effect := range batch {
			if at, err = putEffect(b, at, effect); err != nil {
				return err
			}
		}
		return nil
	})
}

// Apply writes changes of the key-value state, in order, the state and the applied
// index together. It does not wait for the disk: a crash may take back the latest
// changes, never a part of one. The entries applied must have been persisted before,
// so that the state never gets ahead of the log.
func (p *Store) Apply(changes []kv.Change) error {
	next := func() (storage.Extent, error) { return p.extent.Apply(changes) }
	return p.advance("apply", next, pebble.NoSync, func(b *pebble.Batch, after storage.Extent) error {
		if len(changes) == 0 {
			return nil
		}
		if err := putChange(b, after.Generation, merged(changes)); err != nil {
			return err
		}
		return b.Set([]byte{statePrefix}, encodeState(after.Generation, after.Applied), nil)
	})
}

// Stage writes one chunk of a snapshot beside the state. It does not wait for the disk: a
// crash may take back the latest chunks. Chunk number 0 discards what was staged before; any
// other must be the next one of the same snapshot.
func (p *Store) Stage(s replica.Stage) error {
	next := func() (storage.Extent, error) { return p.extent.Stage(s) }
	return p.advance("stage", next, pebble.NoSync, func(b *pebble.Batch, after storage.Extent) error {
		return putChunk(b, p.extent, s, after.Staging)
	})
}

// Compact removes the log up to and including meta.Index, which must be applied. It does not
// wait for the disk, and need not: Pebble's own log holds Apply's batches and this one in the
// order of the calls, and a crash takes away only its end. So a log that was cut off is only
// ever found with a state that makes up for it.
func (p *Store) Compact(meta raft.SnapshotMeta) error {
	next := func() (storage.Extent, error) { return p.extent.Compact(meta) }
	return p.advance("compact", next, pebble.NoSync, func(b *pebble.Batch, _ storage.Extent) error {
		return putBase(b, p.extent.Base, meta, meta.Index)
	})
}

// advance writes what takes the extent to the next one. A disk that failed is reported as
// that, even if the call is also out of place: what it follows may never have been stored.
func (p *Store) advance(
	verb string, next func() (storage.Extent, error), wait *pebble.WriteOptions, fill func(b *pebble.Batch, after storage.Extent) error,
) error {
	if err := p.failure.get(); err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	after, err := next()
	if err != nil {
		return fmt.Errorf("%s in %s: %w", verb, p.failure.dir, err)
	}
	if err := p.write(wait, func(b *pebble.Batch) error { return fill(b, after) }); err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	p.extent = after
	return nil
}

// Failed delivers the first failure of the disk, once. The process should end then.
func (p *Store) Failed() <-chan error { return p.failure.first }

// Close gives the directory back. It must be called once, after the last of the other
// calls. It returns the first failure of the disk, if there was one.
func (p *Store) Close() error {
	if err := p.db.Close(); err != nil {
		p.failure.report(err)
	}
	if err := p.failure.get(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// measure reads how far everything reaches.
func (p *Store) measure() error {
	d := newDecoder()
	if err := p.scan(&pebble.IterOptions{UpperBound: []byte{itemPrefix}}, d.add); err != nil {
		return err
	}
	p.extent = storage.Extent{
		Base: d.disk.Base.Index, Last: d.disk.Base.Index, Applied: d.disk.State.Applied,
		Generation: d.generation, Staging: d.staging,
	}
	log, err := p.db.NewIter(&pebble.IterOptions{LowerBound: []byte{logPrefix}, UpperBound: []byte{logPrefix + 1}})
	if err != nil {
		return err
	}
	if log.Last() {
		p.extent.Last, err = logIndex(log.Key())
	}
	if closing := log.Close(); err == nil {
		err = closing
	}
	return err
}

// scan visits the records within the bounds in the order of their keys. It returns the
// first error of the visits, else that of the iterator.
func (p *Store) scan(bounds *pebble.IterOptions, visit func(key, value []byte) error) error {
	iter, err := p.db.NewIter(bounds)
	if err != nil {
		return err
	}
	for valid := iter.First(); valid && err == nil; valid = iter.Next() {
		err = visit(iter.Key(), iter.Value())
	}
	if closing := iter.Close(); err == nil {
		err = closing
	}
	return err
}

func (p *Store) write(wait *pebble.WriteOptions, fill func(b *pebble.Batch) error) error {
	return p.failure.guard(func() error {
		b := p.db.NewBatch()
		if err := fill(b); err != nil {
			return err
		}
		if b.Empty() {
			return b.Close()
		}
		if err := b.Commit(wait); err != nil {
			return err
		}
		return b.Close()
	})
}

// putEffect adds one Persist effect to a batch and returns the extent after it.
func putEffect(b *pebble.Batch, at storage.Extent, effect replica.Persist) (after storage.Extent, err error) {
	if effect.Hard != nil {
		if err := b.Set([]byte{hardPrefix}, codec.Marshal(*effect.Hard), nil); err != nil {
			return at, err
		}
	}
	if effect.Install != nil {
		if err := putInstall(b, at, *effect.Install); err != nil {
			return at, err
		}
		if at, err = at.Install(*effect.Install); err != nil {
			return at, err
		}
	}
	if err := putEntries(b, at, effect.Entries); err != nil {
		return at, err
	}
	return at.Entries(effect.Entries)
}

func putEntries(b *pebble.Batch, at storage.Extent, entries []raft.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	if err := deleteLog(b, entries[0].Index, at.Last); err != nil {
		return err
	}
	var value []byte
	for _, entry := range entries {
		value = appendEntry(value[:0], entry)
		if err := b.Set(logKey(entry.Index), value, nil); err != nil {
			return err
		}
	}
	return nil
}

// merged returns one change that leaves what the changes, in order, leave in the end. What is
// written again within them, such as the session of a busy client, is written once.
func merged(changes []kv.Change) kv.Change {
	if len(changes) == 1 {
		return changes[0]
	}
	all := kv.Change{
		Items:    make(map[string]*kv.Item, len(changes)),
		Sessions: make(map[string]*kv.Session, len(changes)),
	}
	for _, change := range changes {
		all.Applied = change.Applied
		maps.Copy(all.Items, change.Items)
		maps.Copy(all.Sessions, change.Sessions)
	}
	return all
}

func putChange(b *pebble.Batch, generation uint64, change kv.Change) error {
	var value []byte
	for key, item := range change.Items {
		if item != nil {
			value = appendItem(value[:0], *item)
		}
		if err := putOrDelete(b, nameKey(itemPrefix, generation, key), value, item == nil); err != nil {
			return err
		}
	}
	for client, session := range change.Sessions {
		if session != nil {
			value = codec.Marshal(*session)
		}
		if err := putOrDelete(b, nameKey(sessionPrefix, generation, client), value, session == nil); err != nil {
			return err
		}
	}
	return nil
}

func putOrDelete(b *pebble.Batch, key, value []byte, remove bool) error {
	if remove {
		return b.Delete(key, nil)
	}
	return b.Set(key, value, nil)
}
