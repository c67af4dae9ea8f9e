package invariants

import (
	"maps"
	"slices"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// disk is what is durable of one server.
type disk struct{ replica.Disk }

var _ Disk = (*disk)(nil)

func (d *disk) DurableHard() raft.HardState { return d.Hard }

func (d *disk) DurableTerm(index uint64) (uint64, bool) {
	switch {
	case index == d.Base.Index:
		return d.Base.Term, true
	case index < d.Base.Index || index > d.Base.Index+uint64(len(d.Entries)):
		return 0, false
	}
	return d.Entries[index-d.Base.Index-1].Term, true
}

func (d *disk) DurableBase() uint64 { return d.Base.Index }

// write makes effects durable.
func (d *disk) write(effects ...replica.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case replica.Persist:
			d.persist(e)
		case replica.Stage:
			if e.Number == 0 {
				d.Staged = &replica.Staged{Meta: e.Meta}
			}
			d.Staged.State.Add(e.Chunk)
			d.Staged.Next = e.Number + 1
		case replica.Compact:
			d.Entries = slices.Clone(d.Entries[e.Meta.Index-d.Base.Index:])
			d.Base = e.Meta
		case replica.Apply:
			d.State.Apply(e.Change)
		}
	}
}

func (d *disk) persist(p replica.Persist) {
	if p.Hard != nil {
		d.Hard = *p.Hard
	}
	if in := p.Install; in != nil {
		d.State, d.Staged = d.Staged.State, nil
		d.State.Applied = in.Meta.Index
		if in.KeepLog {
			d.Entries = slices.Clone(d.Entries[in.Meta.Index-d.Base.Index:])
		} else {
			d.Entries = nil
		}
		d.Base = in.Meta
	}
	if len(p.Entries) > 0 {
		d.Entries = append(slices.Clone(d.Entries[:p.Entries[0].Index-1-d.Base.Index]), p.Entries...)
	}
}

// load returns a copy for a restart.
func (d *disk) load() replica.Disk {
	found := d.Disk
	found.Entries, found.State = slices.Clone(d.Entries), copied(d.State)
	if s := d.Staged; s != nil {
		found.Staged = &replica.Staged{Meta: s.Meta, Next: s.Next, State: copied(s.State)}
	}
	return found
}

func copied(s kv.State) kv.State {
	s.Items, s.Sessions = maps.Clone(s.Items), maps.Clone(s.Sessions)
	return s
}
