package storage

import (
	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// Store keeps what a restart of one server must find. Its methods, but for Failed, belong to
// one goroutine. A write that does not fit to what is there already is refused with an error,
// changes nothing and is no failure of the disk. Any other error is final: what is stored then
// is unknown, and every later call fails too.
type Store interface {
	Writer
	// Load returns everything that is written. An error names what is damaged.
	Load() (replica.Disk, error)
	// Bootstrap makes durable with what a server of a new cluster begins: a hard state, a base
	// and the index that the state reaches. It is an error unless the store is blank.
	Bootstrap(d replica.Disk) error
	// Failed delivers, once, the first failure of the disk, also one that happened beside the
	// calls. The process should end then. It is nil where nothing can fail.
	Failed() <-chan error
	// Close gives the store back, after the last of the other calls. It returns the first
	// failure of the disk, if there was one.
	Close() error
}

// Writer is what a replica's writes go to. Every call is atomic: a crash leaves all of it or
// nothing. Calls keep their order: a crash takes away an end of them.
type Writer interface {
	// Persist makes the whole batch durable at once, one effect after the other, and with it
	// all that was written before; it returns once that is so. An effect's snapshot is
	// installed first, then its entries replace the log from the first one's index on.
	Persist(batch []replica.Persist) error
	// Apply writes changes of the key-value state, in order, the state and the applied index
	// together. Like Stage and Compact it does not wait for the disk. The entries applied must
	// have been persisted before, so that the state never gets ahead of the log.
	Apply(changes []kv.Change) error
	// Stage writes one chunk of a snapshot beside the state. Chunk number 0 discards what was
	// staged before; any other must be the next one of the same snapshot.
	Stage(s replica.Stage) error
	// Compact removes the log up to and including base.Index, which must be applied.
	Compact(base raft.SnapshotMeta) error
}
