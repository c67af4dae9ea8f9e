package storage

import (
	"fmt"

	"senkei/node/kv"
	"senkei/node/replica"
)

// extent is how far the log and the state reach. It tells whether a write fits to what
// is there already.
type extent struct {
	last    uint64 // index of the last log entry
	applied uint64 // Invariant: applied <= last
}

// persist returns the extent after the batch.
func (e extent) persist(batch []replica.Persist) (extent, error) {
	for _, p := range batch {
		if len(p.Entries) == 0 {
			continue
		}
		if first := p.Entries[0].Index; first < 1 || first > e.last+1 {
			return e, fmt.Errorf("log entry %d does not follow the last one, %d", first, e.last)
		}
		for i, entry := range p.Entries {
			if want := p.Entries[0].Index + uint64(i); entry.Index != want {
				return e, fmt.Errorf("log entry %d where %d is due", entry.Index, want)
			}
			e.last = entry.Index
		}
	}
	if e.applied > e.last {
		return e, fmt.Errorf("the log would end at entry %d, but entry %d is applied", e.last, e.applied)
	}
	return e, nil
}

// apply returns the extent after the changes.
func (e extent) apply(changes []kv.Change) (extent, error) {
	for _, change := range changes {
		if change.Applied != e.applied+1 {
			return e, fmt.Errorf("entry %d applied after entry %d", change.Applied, e.applied)
		}
		e.applied = change.Applied
	}
	if e.applied > e.last {
		return e, fmt.Errorf("entry %d applied, but the log ends at entry %d", e.applied, e.last)
	}
	return e, nil
}

// validate says where what a restart finds contradicts itself.
func validate(d replica.Disk) error {
	var last, term uint64
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
	return nil
}
