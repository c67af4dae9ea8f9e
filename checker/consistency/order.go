package consistency

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"senkei/checker"
	"senkei/history"
)

// order is the causal order of a record: the transitive closure of the order of each session
// and of each write before those that found its value. Where values are ambiguous it is a
// part of the causal order, so whatever it breaks is broken.
type order struct {
	*record
	// past holds for each access how many accesses of each session precede it or are it.
	past [][]int32
	// cycle holds accesses that precede themselves: each read with the write that it waits for,
	// which is of the next session.
	cycle []int
	// limit says why the order was not computed; empty if it was.
	limit   string
	touched [][]*touches // by key, then by session, without those that never touched it
}

// touches are the accesses of one session on one key, by index.
type touches struct {
	session       int
	writes, reads []touch
	heard         [][]int32 // by read; computed where it is needed, by hear
}

type touch struct{ index, access int }

// until returns the last access of some touches with at most this index.
func until(index int, touches []touch) (int, bool) {
	if n := countUntil(index, touches); n > 0 {
		return touches[n-1].access, true
	}
	return 0, false
}

func countUntil(index int, touches []touch) int {
	return sort.Search(len(touches), func(n int) bool { return touches[n].index > index })
}

// touchesOf returns where a session that touched a key stands in touched.
func (o *order) touchesOf(key, session int) int {
	n, _ := slices.BinarySearchFunc(o.touched[key], session, func(t *touches, s int) int { return t.session - s })
	return n
}

// newOrder computes the causal order with one clock for each access (Mattern, "Virtual time and
// global states of distributed systems", 1989).
func newOrder(ctx context.Context, r *record, memoryBytes int64) *order {
	o := &order{record: r, past: make([][]int32, len(r.accesses)), touched: make([][]*touches, r.keys)}
	if o.bytes() > memoryBytes {
		o.limit = fmt.Sprintf("the causal order of %d operations by %d processes needs %d MB, more than the memory given",
			len(r.accesses), len(r.sessions), max(1, o.bytes()/1_000_000))
		return o
	}
	at := make([]int, len(r.sessions)) // the next access of each session
	waiting := map[int][]int{}         // access -> sessions that wait for it
	var ready []int
	for s := range r.sessions {
		ready = append(ready, s)
	}
	for done := 0; len(ready) > 0; {
		s := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		for ; at[s] < len(r.sessions[s]); at[s]++ {
			if done++; done%1024 == 0 && ctx.Err() != nil {
				o.limit = "the causal order was not found in the time given"
				return o
			}
			i := r.sessions[s][at[s]]
			if from := r.accesses[i].from; from >= 0 && o.past[from] == nil {
				waiting[from] = append(waiting[from], s)
				break
			}
			o.tick(i)
			ready = append(ready, waiting[i]...)
			delete(waiting, i)
		}
	}
	o.findCycle(at)
	o.touch()
	return o
}

// bytes is about what the record holds, with a clock and what guarantees adds to it for each
// access.
func (o *order) bytes() int64 {
	clock := int64(4*len(o.sessions) + 24)
	return int64(len(o.accesses)) * (recordBytes + 2*clock)
}

// tick computes the clock of access i, whose predecessors have theirs.
func (o *order) tick(i int) {
	a := o.accesses[i]
	clock := make([]int32, len(o.sessions))
	if a.index > 1 {
		copy(clock, o.past[o.sessions[a.session][a.index-2]])
	}
	if a.from >= 0 {
		for s, n := range o.past[a.from] {
			clock[s] = max(clock[s], n)
		}
	}
	clock[a.session] = int32(a.index)
	o.past[i] = clock
}

// findCycle follows what the sessions that did not come to their end wait for, until it comes
// to one of them again.
func (o *order) findCycle(at []int) {
	for s := range at {
		if at[s] == len(o.sessions[s]) {
			continue
		}
		met := map[int]int{} // session -> place in o.cycle
		for {
			if start, again := met[s]; again {
				o.cycle = o.cycle[start:]
				return
			}
			met[s] = len(o.cycle)
			head := o.sessions[s][at[s]]
			from := o.accesses[head].from
			o.cycle = append(o.cycle, head, from)
			s = o.accesses[from].session
		}
	}
}

func (o *order) touch() {
	for session, accesses := range o.sessions {
		for _, i := range accesses {
			a := &o.accesses[i]
			if a.maybe {
				continue
			}
			all := o.touched[a.key]
			if len(all) == 0 || all[len(all)-1].session != session {
				all = append(all, &touches{session: session})
				o.touched[a.key] = all
			}
			t := all[len(all)-1]
			if a.stores {
				t.writes = append(t.writes, touch{a.index, i})
			}
			if a.reads {
				t.reads = append(t.reads, touch{a.index, i})
			}
		}
	}
}

// before reports whether access a precedes access b in the causal order.
func (o *order) before(a, b int) bool {
	return a != b && o.past[b][o.accesses[a].session] >= int32(o.accesses[a].index)
}

// older reports whether write a, or the beginning, is known to be an older version than b. The
// causal order is all that a history shows of the order of versions.
func (o *order) older(a, b int) bool { return a == initial || a >= 0 && o.before(a, b) }

// undecided is the verdict of a model of which no break was found.
func (o *order) undecided(model string) Verdict {
	switch {
	case o.limit != "":
		return Verdict{Model: model, Reason: history.Sentence(o.limit)}
	case o.cycle != nil:
		return Verdict{Model: model, Reason: "Some operations precede themselves, so which of two versions is older cannot be told."}
	case o.ambiguous != "":
		return Verdict{Model: model, Reason: history.Sentence(o.ambiguous)}
	default:
		return Verdict{Model: model, Status: checker.Valid}
	}
}

// circle is the verdict of a model that forbids operations which precede themselves.
func (o *order) circle(model string) Verdict {
	var parts []string
	for i := 0; i < len(o.cycle); i += 2 {
		next := o.cycle[(i+len(o.cycle)-1)%len(o.cycle)] // what others of the circle found of this session
		part := o.process(o.cycle[i]) + " " + o.saw(o.cycle[i])
		if next != o.cycle[i] {
			part += " before it " + o.wrote(next)
		}
		parts = append(parts, part)
	}
	return o.broken(model, strings.Join(parts, ", and ")+", so each of these writes would have to precede itself", o.cycle...)
}
