package storage

import (
	"fmt"

	"senkei/node/kv"
	"senkei/node/replica"
)

// EmptyState returns a state at index 0 whose maps can be written to.
func EmptyState() kv.State {
	return kv.State{Items: map[string]kv.Item{}, Sessions: map[string]kv.Session{}}
}

// Recover returns what a restart finds on a disk that holds this much of a snapshot beside
// the state, and says in an error where the disk contradicts itself: a gap in the log, a term
// that falls, a state that the log does not reach or does not connect to. A snapshot that is
// complete, but was not installed before a crash, counts for nothing: no chunk of it would
// ever be asked for or sent again.
func Recover(disk replica.Disk, staging *Staging, staged kv.State) (replica.Disk, error) {
	if staging != nil && !staging.Complete {
		disk.Staged = &replica.Staged{Meta: staging.Meta, Next: staging.Next, State: staged}
	}
	return disk, validate(disk)
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
