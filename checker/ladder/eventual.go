package ladder

import (
	"fmt"
	"maps"
	"slices"

	"senkei/checker"
	"senkei/history"
)

// eventual judges what a finite history shows of eventual consistency (Terry et al., "Managing
// update conflicts in Bayou", 1995): once the writes of a key have ended, replicas agree in the
// end, so the last reads of all sessions after that return the same. Earlier reads may return
// anything. A write of unknown outcome may still take effect between two such reads, so then a
// difference proves nothing.
func eventual(h history.History) Rung {
	rung := Rung{Model: Eventual}
	written, agreed, doubt := 0, 0, ""
	for key, ops := range h.ByKey() {
		end, late := quiet(ops)
		if end < 0 && !late {
			continue
		}
		written++
		finals := finalReads(ops, end)
		other := slices.IndexFunc(finals, func(op history.Op) bool { return op.Out.Value != finals[0].Out.Value })
		switch {
		case len(finals) < 2:
		case other < 0:
			agreed++
		case late:
			doubt = fmt.Sprintf("The last reads of %s differ, but a write of unknown outcome may have taken effect between them.", name(key))
		default:
			a, b := finals[0], finals[other]
			rung.Status, rung.Ops = checker.Invalid, []history.Op{a, b}
			rung.Reason = fmt.Sprintf("After all writes of %s had ended, process %s's last read found %s and process %s's last read found %s.",
				name(key), a.Process, a.Out.Value, b.Process, b.Out.Value)
			return rung
		}
	}
	switch {
	case doubt != "":
		rung.Reason = doubt
	case agreed == 0 || agreed < written:
		rung.Reason = fmt.Sprintf("Of %d keys that were written, %d were read by two processes after all their writes had ended, and what those found agrees.", written, agreed)
	default:
		rung.Status = checker.Valid
	}
	return rung
}

// quiet returns when the last write of a key ended, -1 if none did, and whether one of unknown
// outcome may take effect at any later time.
func quiet(ops []history.Op) (end int, late bool) {
	end = -1
	for _, op := range ops {
		if !newDeed(op).stores || op.Outcome == history.Failed {
			continue
		}
		if op.Outcome == history.Unknown {
			late = true
		} else {
			end = max(end, op.Complete)
		}
	}
	return end, late
}

// finalReads returns the last read of each process that began after end, by process.
func finalReads(ops []history.Op, end int) []history.Op {
	last := map[history.Process]history.Op{}
	for _, op := range ops {
		d := newDeed(op)
		if op.Outcome == history.OK && d.reads && !d.stores && op.Invoke > end {
			last[op.Process] = op
		}
	}
	var reads []history.Op
	for _, p := range slices.Sorted(maps.Keys(last)) {
		reads = append(reads, last[p])
	}
	return reads
}
