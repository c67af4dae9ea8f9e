package history

import (
	"cmp"
	"errors"
	"slices"
)

// Options say what a file cannot say itself.
type Options struct {
	Order Order
	// Functions gives names of a file their meaning, such as "put" -> Write.
	Functions map[string]Func
	// Initial is what every object begins with: it is written to each key before everything
	// else. Absent means that objects begin empty.
	Initial Value
	// SizeBytes is how long the text is, where that is known, so that room for it is made once.
	SizeBytes int64
	// Each takes every operation when it has ended, or behind the last event if it does not:
	// then none is kept, and the History has no Ops. The Op is valid until Each returns. It is
	// for histories in the order of their events, whose clients have numbers, without Initial.
	Each func(*Op) error
}

// ErrNotStreamed says that a history cannot be handed over operation by operation, see
// Options.Each.
var ErrNotStreamed = errors.New("this history has to be read as a whole")

// Order says in which order the events of a file are meant.
type Order uint8

// The orders.
const (
	AsIs    Order = iota
	ByIndex       // every event has an index, which says it
	ByTime        // clients were logged apart, and every event has a time
)

// kept is an event that waits to be sorted.
type kept struct {
	Event
	line int
}

// sort puts the events in order.
func (a *Assembler) sort() error {
	switch a.options.Order {
	case ByIndex:
		for _, e := range a.kept {
			if e.Index == nil || *e.Index < 0 {
				return Wrong(e.line, "the event has no index, by which the others are to be sorted; add it")
			}
		}
		byIndex := func(x, y kept) int { return cmp.Compare(*x.Index, *y.Index) }
		if !slices.IsSortedFunc(a.kept, byIndex) {
			a.Note("The events did not stand in the order of their indexes, and were sorted by them.")
			slices.SortStableFunc(a.kept, byIndex)
		}
	case ByTime:
		var timed bool
		for i := range a.kept {
			a.kept[i].Index = nil
			timed = timed || a.kept[i].Time > 0
		}
		if !timed && len(a.kept) > 0 {
			return Wrong(0, "no event has a time, by which all are to be ordered; leave out --order time")
		}
		slices.SortStableFunc(a.kept, func(x, y kept) int { return cmp.Compare(x.Time, y.Time) })
		for from := 0; from < len(a.kept); {
			to := from + 1
			for to < len(a.kept) && a.kept[to].Time == a.kept[from].Time {
				to++
			}
			invokeFirst(a.kept[from:to])
			from = to
		}
	}
	return nil
}

// invokeFirst puts events of one time into an order in which operations overlap as much as
// they can, so that no order is invented: invocations come before completions, but for what
// the same process did before.
func invokeFirst(events []kept) {
	for ; len(events) > 1; events = events[1:] {
		waits := map[string]bool{}
		for i, e := range events {
			if p := processName(e); waits[p] {
				continue
			} else if e.Type != typeInvoke {
				waits[p] = true
				continue
			}
			copy(events[1:i+1], events[:i])
			events[0] = e
			break
		}
	}
}

func processName(e kept) string {
	if e.Process == nil {
		return e.Client
	}
	return e.Process.String()
}

// begin gives every key its initial value, written by a client of its own before everything
// else.
func (h *History) begin(v Value, p Process) {
	var keys []string
	seen := map[string]bool{}
	for i := range h.Ops {
		if key := h.Ops[i].In.Key; !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	ops := make([]Op, 0, len(keys)+len(h.Ops))
	for i, key := range keys {
		ops = append(ops, Op{ID: i, Process: p, In: Input{F: Write, Key: key, Value: v}, Outcome: OK, Invoke: 2 * i, Complete: 2*i + 1})
	}
	by := 2 * len(keys)
	for _, op := range h.Ops {
		op.ID, op.Invoke, op.Complete = len(ops), op.Invoke+by, later(op.Complete, by)
		ops = append(ops, op)
	}
	h.Ops = ops
	for i := range h.Faults {
		h.Faults[i].From, h.Faults[i].To = h.Faults[i].From+by, later(h.Faults[i].To, by)
	}
	for i := range h.Leaders {
		h.Leaders[i].Position += by
	}
}

func later(position, by int) int {
	if position == Never {
		return Never
	}
	return position + by
}
