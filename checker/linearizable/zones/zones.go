package zones

import (
	"cmp"
	"math"
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// Zones decides in O(n log n) whether the operations on a cell are linearizable, if no
// value that matters was stored twice (Gibbons and Korach, "Testing shared memories", SIAM
// Journal on Computing 26, 1997, section 4, for reads and writes). The general problem is
// NP-complete.
//
// # Clusters and chains
//
// A value, the operation that stores it and those that find it are a cluster. The value is
// stored once, so in every legal order a cluster stands together, the store first. A swap
// that finds a and stores b ties the cluster of b to the end of that of a; what is tied
// together is a chain, and in a legal order it stands together as well, cluster after
// cluster. The cell's first value heads a chain that nobody stored.
//
// So the history is not linearizable if something finds a value that nothing stored, if
// two swaps find the same value, if swaps are tied in a ring, or if an operation of a chain
// ended before another one of the same chain began that must come earlier.
//
// # Zones
//
// Otherwise only the order of whole chains is open. Let end(A) be the earliest end and
// start(A) the latest start of any operation of chain A. Chain A must precede chain B if
// and only if end(A) < start(B). There is an order if this relation has no cycle. It has
// one if and only if two chains must precede each other: take a shortest cycle, and in it
// the chain A with the least end; since end(A) is at most end(X) < start(Y) for every X
// that precedes a Y of the cycle, A precedes every chain of the cycle, also the one before
// it. In Gibbons and Korach's words, with the zone of a chain between end and start: two
// forward zones (end < start) overlap, or a backward one lies inside a forward one.
//
// # Unknown outcomes
//
// A store of unknown outcome that nothing found is left out, one that was found has taken
// effect, with an open end. Both hold for swaps as well, where a value was found too if a
// swap that took effect found it (the argument is the one given for models.Register's
// Prune).
//
// # Prefixes
//
// The same operations are decided as they were known at any position of the history: what
// began later is not there, and what ended later is of unknown outcome.
type Zones struct {
	// Foreign is whether an operation Transforms the cell: then nothing applies.
	Foreign bool
	ops     []access // by invoke
	// reads fills in what an access does, with the outcome that it has or with none.
	reads    func(a *access, open bool)
	clusters []cluster // by value id, of the last call to decide
	chains   []chain   // of the last call to decide, the forward ones first, by end
}

// access is what one operation does, with ids for values; none where there is none.
type access struct {
	op            int32 // index in the history
	found, stored int32
	contradictory bool // no cell can give this result
	unknown       bool // the outcome of the operation
	open          bool // whether found and stored are those of an unknown outcome
	invoke        int
	complete      int // history.Never where the outcome is unknown
}

// knownAt reports whether the operation had ended by then.
func (a *access) knownAt(position int) bool { return !a.unknown && a.complete <= position }

func (a *access) endAt(position int) int {
	if a.knownAt(position) {
		return a.complete
	}
	return history.Never
}

// cluster is one value with what stores and finds it.
type cluster struct {
	store     int32 // index of the access that stores it, or none
	next      int32 // id of the value that a swap made of it, or none
	end       int   // earliest end and latest start of what found it and left it
	start     int
	stores    uint8 // how many may store it, at most several
	acked     uint8 // how many of these are known to have, at most several
	found     bool
	reachable bool // from the head of a chain
}

func (c *cluster) reset() {
	*c = cluster{store: none, next: none, end: math.MaxInt, start: always}
}

// several is more than one.
const several = 2

// chain is the zone of some clusters tied together.
type chain struct {
	head       int32 // id of the first value
	end, start int
}

const (
	none   = int32(-1)
	origin = int32(0) // id of the value that the cell held at first
	always = -1       // a position before every event
)

// New prepares ops, by Invoke, of a cell.
func New[S comparable](m model.Cell[S], ops []history.Op) *Zones {
	// Room for as many values as there are operations takes less than a table that grows.
	z := &Zones{ops: make([]access, 0, len(ops)), clusters: make([]cluster, 1, len(ops)+1)}
	numbers := newIDs[S](len(ops))
	numbers.id(m.Init())
	id := func(value S) int32 {
		n, isNew := numbers.id(value)
		if isNew {
			z.clusters = append(z.clusters, cluster{})
			z.clusters[n].reset()
		}
		return n
	}
	z.reads = func(a *access, open bool) {
		op := &ops[a.op]
		if open && !a.unknown {
			op = &history.Op{ID: op.ID, Process: op.Process, In: op.In, Invoke: op.Invoke, Complete: history.Never}
		}
		does := m.Access(op)
		a.found, a.stored, a.contradictory, a.open = none, none, does.Kind == model.Contradicts, open
		z.Foreign = z.Foreign || does.Kind == model.Transforms
		if does.Kind == model.Finds || does.Kind == model.Swaps {
			a.found = id(does.Found)
		}
		if does.Kind == model.Stores || does.Kind == model.Swaps {
			a.stored = id(does.Stored)
		}
		if a.stored == a.found { // swapping a value for itself only finds it
			a.stored = none
		}
	}
	for i := range ops {
		op := &ops[i]
		if op.Outcome == history.Failed {
			continue
		}
		z.ops = append(z.ops, access{op: int32(i), invoke: op.Invoke, complete: op.Complete, unknown: op.Outcome == history.Unknown})
		a := &z.ops[len(z.ops)-1]
		z.reads(a, a.unknown)
		if z.Foreign {
			return z
		}
		if a.unknown && a.stored == none && !a.contradictory {
			z.ops = z.ops[:len(z.ops)-1]
		}
	}
	return z
}

// Decide answers for the operations as they were known at a position, math.MaxInt for all
// that is known. applies is false, and the rest of no meaning, if a value that matters may
// have been stored twice. Where the answer is no, wrong says why.
func (z *Zones) Decide(position int) (wrong Violation, legal, applies bool) {
	if z.Foreign {
		return Violation{}, false, false
	}
	for i := range z.clusters {
		z.clusters[i].reset()
	}
	z.clusters[origin].stores, z.clusters[origin].acked = 1, 1
	if at := z.gather(position); at != none {
		return Violation{Kind: Contradiction, a: at}, false, true
	}
	z.spread(position)
	for v := range z.clusters {
		if c := &z.clusters[v]; c.stores > 1 && (c.found || c.acked > 1) {
			return Violation{}, false, false
		}
	}
	if wrong, ok := z.tie(position); !ok {
		return wrong, false, true
	}
	if wrong, ok := z.Order(position); !ok {
		return wrong, false, true
	}
	wrong, legal = z.compare()
	return wrong, legal, true
}

// gather puts the operations into their clusters. It returns one that contradicts itself.
func (z *Zones) gather(position int) int32 {
	for i := range z.ops {
		a := &z.ops[i]
		if a.invoke > position {
			break
		}
		known := a.knownAt(position)
		if a.open == known {
			z.reads(a, !known)
		}
		if a.contradictory {
			return int32(i)
		}
		if a.found >= 0 && known {
			c := &z.clusters[a.found]
			c.found = true
			if a.stored < 0 {
				c.end, c.start = min(c.end, a.complete), max(c.start, a.invoke)
			}
		}
		if a.stored >= 0 {
			c := &z.clusters[a.stored]
			c.stores = min(c.stores+1, several)
			if known {
				c.acked = min(c.acked+1, several)
			}
			if known || c.store == none {
				c.store = int32(i)
			}
		}
	}
	return none
}

// spread marks the values that swaps of unknown outcome must have found, because what
// they stored was found.
func (z *Zones) spread(position int) {
	for v := range z.clusters {
		c := &z.clusters[v]
		for c.found && c.store != none {
			swap := &z.ops[c.store]
			if swap.found < 0 || z.clusters[swap.found].found {
				break // what swaps known to have happened found is marked already
			}
			c = &z.clusters[swap.found]
			c.found = true
		}
	}
}

// happened reports whether the value was stored for certain.
func (z *Zones) happened(v int32, position int) bool {
	c := &z.clusters[v]
	return c.store != none && (c.found || z.ops[c.store].knownAt(position))
}

// tie links the clusters that swaps tie together.
func (z *Zones) tie(position int) (Violation, bool) {
	for v := range int32(len(z.clusters)) {
		c := &z.clusters[v]
		if c.found && c.store == none && v != origin {
			return Violation{Kind: unstored, a: v}, false
		}
		if v == origin || !z.happened(v, position) || z.ops[c.store].found < 0 {
			continue
		}
		before := &z.clusters[z.ops[c.store].found]
		if before.next != none {
			return Violation{Kind: swappedTwice, a: before.next, b: v}, false
		}
		before.next = v
	}
	return Violation{}, true
}

// Order walks along each chain, checks that it can stand in its own order, and notes its
// zone.
func (z *Zones) Order(position int) (Violation, bool) {
	if z.chains == nil {
		z.chains = make([]chain, 0, len(z.clusters))
	}
	z.chains = z.chains[:0]
	for head := range int32(len(z.clusters)) {
		if head != origin && (!z.happened(head, position) || z.ops[z.clusters[head].store].found >= 0) {
			continue
		}
		whole := chain{head: head, end: math.MaxInt, start: always}
		for v := head; v != none; v = z.clusters[v].next {
			c := &z.clusters[v]
			c.reachable = true
			start, end := always, always
			if v != origin {
				start, end = z.ops[c.store].invoke, z.ops[c.store].endAt(position)
			}
			if end < whole.start || c.end < max(whole.start, start) {
				return Violation{Kind: disorder, a: head}, false
			}
			whole.start = max(whole.start, start, c.start)
			whole.end = min(whole.end, end, c.end)
		}
		z.chains = append(z.chains, whole)
	}
	for v := range int32(len(z.clusters)) {
		if v != origin && z.happened(v, position) && !z.clusters[v].reachable {
			return Violation{Kind: ring, a: v}, false
		}
	}
	return Violation{}, true
}

// firstFrom returns the index of the first of some chains, by end, whose end is not before a
// position. Most often it is not far from a guess.
func firstFrom(chains []chain, position, guess int) int {
	const near = 8
	for at := max(guess-near, 0); at < min(guess+near, len(chains)); at++ {
		if chains[at].end >= position && (at == 0 || chains[at-1].end < position) {
			return at
		}
	}
	at, _ := slices.BinarySearchFunc(chains, position, func(c chain, start int) int { return cmp.Compare(c.end, start) })
	return at
}

// compare looks for two chains that must precede each other.
func (z *Zones) compare() (Violation, bool) {
	forward := 0
	for i, c := range z.chains {
		if c.end < c.start {
			z.chains[i], z.chains[forward] = z.chains[forward], c
			forward++
		}
	}
	long, points := z.chains[:forward], z.chains[forward:]
	slices.SortFunc(long, func(a, b chain) int { return cmp.Compare(a.end, b.end) })
	for i := 1; i < len(long); i++ {
		if long[i].end < long[i-1].start {
			return Violation{Kind: conflict, a: long[i-1].head, b: long[i].head}, false
		}
	}
	after := 0
	for _, p := range points {
		// The forward zones do not overlap, so the last one that begins before p does is
		// the last to end.
		after = firstFrom(long, p.start, after)
		if after > 0 && p.end < long[after-1].start {
			return Violation{Kind: conflict, a: long[after-1].head, b: p.head}, false
		}
	}
	return Violation{}, true
}
