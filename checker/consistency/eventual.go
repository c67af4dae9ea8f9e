package consistency

import (
	"fmt"
	"maps"
	"slices"

	"senkei/checker"
	"senkei/history"
)

// eventual judges what a finite history shows of eventual consistency (Vogels, "Eventually
// consistent", 2009: without new updates, all accesses return the last updated value in the
// end): once the writes of a key have ended, the last reads of all sessions after that return
// the same. Earlier reads may return anything. No other model implies it, because they say
// nothing of when a write arrives. Where a write of unknown outcome may still take effect
// between two such reads, a difference proves nothing.
func eventual(h history.History) Verdict {
	verdict := Verdict{Model: Eventual}
	written, agreed, doubt := 0, 0, ""
	quiet := quietOf(h.Ops)
	finals := finalReads(h.Ops, quiet)
	for _, key := range slices.Sorted(maps.Keys(quiet)) {
		q, finals := quiet[key], finals[key]
		if q.end < 0 && !q.late {
			continue
		}
		written++
		other := slices.IndexFunc(finals, func(op *history.Op) bool { return op.Out.Value != finals[0].Out.Value })
		switch {
		case len(finals) < 2:
		case other < 0:
			agreed++
		case q.late:
			doubt = fmt.Sprintf("The last reads of %s differ, but a write of unknown outcome may have taken effect between them.", name(key))
		default:
			a, b := finals[0], finals[other]
			verdict.Status, verdict.Ops = checker.Invalid, []history.Op{*a, *b}
			verdict.Reason = fmt.Sprintf("After all writes of %s had ended, process %s's last read found %s and process %s's last read found %s.",
				name(key), a.Process, a.Out.Value, b.Process, b.Out.Value)
			return verdict
		}
	}
	switch {
	case doubt != "":
		verdict.Reason = doubt
	case agreed == 0 || agreed < written:
		verdict.Reason = fmt.Sprintf("Two processes must have read a key after its last write had ended; of %d keys that were written that is so for %d, whose reads agree.", written, agreed)
	default:
		verdict.Status = checker.Valid
	}
	return verdict
}

// quiet says when the last write of a key ended, -1 if none did, and whether one of unknown
// outcome may take effect at any later time.
type quiet struct {
	end  int
	late bool
}

func quietOf(ops []history.Op) map[string]quiet {
	keys := map[string]quiet{}
	for i := range ops {
		op := &ops[i]
		q, met := keys[op.In.Key]
		if !met {
			q.end = -1
		}
		if _, _, stores, _ := effects(op); stores && op.Outcome != history.Failed {
			if op.Outcome == history.Unknown {
				q.late = true
			} else {
				q.end = max(q.end, op.Complete)
			}
		}
		keys[op.In.Key] = q
	}
	return keys
}

// finalReads returns for each key the last read of each process that began when the key was
// quiet, by process.
func finalReads(ops []history.Op, keys map[string]quiet) map[string][]*history.Op {
	last := map[string]map[history.Process]*history.Op{}
	for i := range ops {
		op := &ops[i]
		reads, _, stores, _ := effects(op)
		if op.Outcome != history.OK || !reads || stores || op.Invoke <= keys[op.In.Key].end {
			continue
		}
		if last[op.In.Key] == nil {
			last[op.In.Key] = map[history.Process]*history.Op{}
		}
		last[op.In.Key][op.Process] = op
	}
	finals := map[string][]*history.Op{}
	for key, byProcess := range last {
		for _, p := range slices.Sorted(maps.Keys(byProcess)) {
			finals[key] = append(finals[key], byProcess[p])
		}
	}
	return finals
}
