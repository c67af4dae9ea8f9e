package replica

import (
	"cmp"
	"fmt"

	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/raft"
)

// The core decides which chunk of a snapshot goes where; here it gets its content.

// fill puts the chunk that the core asks for into its message. It returns false if there is
// no such chunk: what a receiver asks for may be nonsense.
func (r *Replica) fill(m *raft.Message) bool {
	if r.outgoing == nil || r.outgoing.Applied() != m.Meta.Index {
		if r.store.Applied() != m.Meta.Index {
			panic(fmt.Sprintf("replica: a snapshot of %d from a state at %d", m.Meta.Index, r.store.Applied()))
		}
		r.outgoing = r.store.Snapshot(cmp.Or(r.cfg.ChunkBytes, limits.ChunkBytesMax))
	}
	var ok bool
	m.Data, m.Last, ok = r.outgoing.Chunk(m.Chunk)
	return ok
}

// stage puts chunks aside, in memory and on disk, beside the state that stays in use.
func (r *Replica) stage(chunks []raft.Chunk) {
	for _, c := range chunks {
		chunk, err := kv.DecodeChunk(c.Data)
		if err != nil {
			panic(fmt.Sprintf("replica: a chunk that was checked when it came: %v", err))
		}
		if c.Number == 0 {
			r.incoming = kv.NewAssembly(kv.State{})
		}
		if err := r.incoming.Add(chunk); err != nil {
			panic(fmt.Sprintf("replica: chunk %d of the snapshot of %d: %v", c.Number, c.Meta.Index, err))
		}
		r.effects = append(r.effects, Stage{Meta: c.Meta, Number: c.Number, Chunk: chunk})
	}
}

// install makes the snapshot that is complete now the state.
func (r *Replica) install(in *raft.Install) {
	if in == nil {
		return
	}
	store, err := r.incoming.Store(in.Meta.Index, limits.SessionsMax)
	if err != nil {
		// To go on with the old state is impossible, with this one it would be wrong.
		panic(fmt.Sprintf("replica: the snapshot of %d: %v", in.Meta.Index, err))
	}
	r.store, r.incoming = store, nil
}
