package verify

import (
	"cmp"
	"slices"

	"senkei/history"
)

// Removable returns which operations may be left out, all at once, where those of the core stay:
// if there is a legal order with them, there is one without. Operations come by Invoke. Take a
// legal order, and leave them out:
//
//   - What never changes anything, nothing notices.
//   - A cell: a store of a value that the core does not see. Whatever of the core sees a value
//     sees what the last store before it stored, or that there was none. The store that it sees
//     belongs to the core, and is still the last one before it; where there was none, there
//     still is none. Some stores of a value that the core sees may go too. Take one that ended
//     before another operation of the core began, which stored something or found another
//     value, and ended before the first observer of the value began. Then that store was not
//     the last one before the observer. Other observers began later, so the same holds for
//     them. Operations of unknown outcome that changed nothing are left out as well, as they
//     might change something now. Revisions still rise; but a delete of what is absent may
//     return any, so deletes stay.
//   - A set or a list: an addition of what no read of the core returned came after all these.
//     That a read found something else says nothing here, as additions do not replace.
//   - A queue: of elements that the core does not name, everything that puts them in or gets
//     them. Without them the queue holds the others, in the same order. Dequeues of unknown
//     outcome that got one of them, or nothing, are left out too; no other one is removable.
//   - A store: a transaction that writes and appends nothing that the core sees in that key,
//     alone or in a list. What is seen is what the last write before stored, with what was
//     appended since. All of that stays; so what is left out is neither of it, nor that write.
//     A write of a list stays, so that appends still find lists.
//
// A core that appends to a text, which makes values that no operation names, or writes a list,
// sees everything.
func Removable(model string, core []history.Op) func(history.Op) bool {
	texts, since := false, map[history.Value]int{} // what had ended before is not what was seen
	for _, r := range core {
		sees, _, known := effect(model, r)
		texts = texts || r.In.F == history.Append && model == "key-value" || r.In.F == history.Txn && !known
		for _, v := range sees {
			if _, later := since[v]; !later {
				since[v] = lastRenewal(model, core, v, r.Invoke)
			}
		}
	}
	return func(op history.Op) bool {
		_, changes, known := effect(model, op)
		return known && !slices.ContainsFunc(changes, func(v history.Value) bool {
			latest, seen := since[v]
			return texts || seen && latest < op.Complete
		})
	}
}

// lastRenewal returns where the last operation of a core began that ended before a position,
// and that stored something in a cell, or found there something else than v; -1 if none did.
func lastRenewal(model string, core []history.Op, v history.Value, position int) int {
	for _, op := range slices.Backward(core) {
		finds := op.In.F == history.Read || op.In.F == history.CAS && !op.Out.Swapped
		if cells[model] && op.Complete < position && (!finds || op.Out.Value != v) {
			return op.Invoke
		}
	}
	return -1
}

// cells has the models that have rules, and says which are cells.
var cells = map[string]bool{
	"register": true, "key-value": true, "versioned-register": true, "store": false, "counter": false,
	"set": false, "list": false, "fifo-queue": false, "unordered-queue": false, "log": false,
}

// effect returns the values that op tells of, those that it may store or take, none if it
// never changes anything, and whether it is known that it changes no others.
func effect(model string, op history.Op) (sees, changes []history.Value, known bool) {
	_, ruled := cells[model]
	told, asked, found := op.Outcome == history.OK, op.In.Value, slices.Collect(op.Out.Value.Elements())
	switch f := op.In.F; {
	case f == history.Read || f == history.Poll || f == history.CAS && told && !op.Out.Swapped && op.Out.Value != op.In.Expect:
		return append(found, op.Out.Value), nil, ruled
	case f == history.CAS && (!told || op.Out.Swapped):
		return []history.Value{op.In.Expect}, []history.Value{asked}, ruled
	case f == history.CAS: // refused by what it expected, it is never legal
		return nil, nil, ruled
	case f == history.Txn:
		known = ruled
		for m := range cmp.Or(op.Out.Value, asked).Micros() {
			if m.F != history.Read {
				changes, known = append(changes, history.List(history.Text(m.Key), m.Value)), known && !m.Value.IsList()
				continue
			}
			for _, v := range append(slices.Collect(m.Value.Elements()), m.Value) {
				sees = append(sees, history.List(history.Text(m.Key), v))
			}
		}
		return sees, changes, known
	case f == history.Enqueue:
		return []history.Value{asked}, []history.Value{asked}, ruled
	case f == history.Dequeue && op.Out.Value != history.Absent:
		return []history.Value{op.Out.Value}, []history.Value{op.Out.Value}, ruled && told
	case f == history.Dequeue || f == history.Drain:
		return found, found, ruled && told
	default: // what else stores or adds, but for deletes, appends to texts, and locks
		return nil, []history.Value{asked}, f == history.Write && ruled || model == "set" || model == "list"
	}
}
