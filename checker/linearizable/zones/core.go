package zones

import (
	"cmp"
	"math"
	"slices"
)

// Violation is why the operations on a cell are not linearizable.
type Violation struct {
	Kind violationKind
	// a and b are the index of an access for contradiction; the value for unstored and
	// ring; the values stored by the two swaps for swappedTwice; the heads of the chains
	// for disorder (one) and conflict (two).
	a, b int32
}

type violationKind uint8

const (
	Contradiction violationKind = iota // an operation that can follow no other
	unstored                           // a value was found that nothing had stored
	swappedTwice                       // two swaps found the same value
	ring                               // every store of some chain is a swap
	disorder                           // a chain cannot stand in its own order
	conflict                           // two chains must precede each other
)

// LastKnown returns the last end up to a position.
func (z *Zones) LastKnown(position int) int {
	last := always
	for i := range z.ops {
		if a := &z.ops[i]; a.knownAt(position) {
			last = max(last, a.complete)
		}
	}
	return last
}

// LastEnd returns the last of the ends of some accesses that are known at a position.
func (z *Zones) LastEnd(some []int32, position int) int {
	last := always
	for _, i := range some {
		if a := &z.ops[i]; a.knownAt(position) {
			last = max(last, a.complete)
		}
	}
	return last
}

// Core returns the accesses, in order, of a part of the operations that has the violation
// which decide has just found at that position, and in which every value that is found
// was stored.
func (z *Zones) Core(wrong Violation, position int) []int32 {
	p := &proof{Zones: z, position: position, in: map[int32]bool{}}
	switch wrong.Kind {
	case Contradiction:
		p.add(wrong.a)
	case unstored:
		p.add(p.finder(wrong.a))
	case swappedTwice:
		p.add(z.clusters[wrong.a].store)
		p.add(z.clusters[wrong.b].store)
	case ring:
		p.addRing(wrong.a)
	case disorder:
		p.addDisorder(wrong.a)
	case conflict:
		p.addConflict(wrong.a, wrong.b)
	}
	p.complete()
	return slices.Sorted(slices.Values(p.list))
}

// Positions returns where some accesses stand in the history.
func (z *Zones) Positions(accesses []int32) []int {
	list := make([]int, len(accesses))
	for n, i := range accesses {
		list[n] = int(z.ops[i].op)
	}
	return list
}

// proof gathers the accesses that show a violation.
type proof struct {
	*Zones
	position int
	in       map[int32]bool
	list     []int32
	finders  []int32 // by value id; nil until needed
}

func (p *proof) add(access int32) {
	if access != none && !p.in[access] {
		p.in[access] = true
		p.list = append(p.list, access)
	}
}

// complete adds what stored the values that are found, and what found those whose store
// is only known by that.
func (p *proof) complete() {
	found := map[int32]bool{}
	for next := 0; ; {
		for ; next < len(p.list); next++ {
			if v := p.ops[p.list[next]].found; v >= 0 {
				found[v] = true
				if v != origin {
					p.add(p.clusters[v].store)
				}
			}
		}
		for _, i := range p.list {
			a := &p.ops[i]
			if known := a.knownAt(p.position); a.stored >= 0 && !known && !found[a.stored] {
				p.add(p.finder(a.stored))
			}
		}
		if next == len(p.list) {
			return
		}
	}
}

// finder returns an access that found v: the one that ended first, or else a swap that
// must have happened.
func (p *proof) finder(v int32) int32 {
	if p.finders == nil {
		p.finders = slices.Repeat([]int32{none}, len(p.clusters))
		for i := range p.ops {
			a := &p.ops[i]
			if a.invoke > p.position {
				break
			}
			if a.found >= 0 && (a.knownAt(p.position) || a.stored >= 0 && p.happened(a.stored, p.position)) {
				if best := &p.finders[a.found]; *best == none || a.endAt(p.position) < p.ops[*best].endAt(p.position) {
					*best = int32(i)
				}
			}
		}
	}
	return p.finders[v]
}

func (p *proof) addRing(v int32) {
	for u := v; ; {
		p.add(p.clusters[u].store)
		if u = p.clusters[u].next; u == v {
			return
		}
	}
}

// addDisorder adds the first access of the chain that ended too early, and the one that
// began too late.
func (p *proof) addDisorder(head int32) {
	latest := always
	for v := head; ; v = p.clusters[v].next {
		start, end := p.storeOf(v)
		if end < latest {
			p.addByEnd(end)
			p.addByStart(latest)
			return
		}
		latest = max(latest, start)
		c := &p.clusters[v]
		if c.end < latest {
			p.addByEnd(c.end)
			p.addByStart(latest)
			return
		}
		latest = max(latest, c.start)
	}
}

// storeOf returns where the store of a value began and ended.
func (p *proof) storeOf(v int32) (start, end int) {
	if v == origin {
		return always, always
	}
	store := &p.ops[p.clusters[v].store]
	return store.invoke, store.endAt(p.position)
}

// addConflict adds what makes the chains with these heads precede each other.
func (p *proof) addConflict(a, b int32) {
	zoneA := p.zone(a, chain{end: math.MaxInt, start: always})
	zoneB := p.zone(b, zoneA)
	zoneA = p.zone(a, zoneB)
	for _, zone := range []chain{zoneA, zoneB} {
		p.addByEnd(zone.end)
		p.addByStart(zone.start)
	}
}

// zone returns that of the shortest beginning of a chain that must both precede and follow
// another one; of the whole chain if there is none.
func (p *proof) zone(head int32, other chain) chain {
	zone := chain{head: head, end: math.MaxInt, start: always}
	for v := head; v != none && (zone.end >= other.start || other.end >= zone.start); v = p.clusters[v].next {
		c := &p.clusters[v]
		start, end := p.storeOf(v)
		zone.end, zone.start = min(zone.end, end, c.end), max(zone.start, start, c.start)
	}
	return zone
}

func (p *proof) addByEnd(end int) {
	if end != always {
		p.add(int32(slices.IndexFunc(p.ops, func(a access) bool { return a.complete == end })))
	}
}

func (p *proof) addByStart(start int) {
	if start != always {
		i, _ := slices.BinarySearchFunc(p.ops, start, func(a access, start int) int { return cmp.Compare(a.invoke, start) })
		p.add(int32(i))
	}
}
