package models

import (
	"cmp"
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// Decide applies where nothing is deleted and every change and every value that was found tells
// its revision. It takes O(n log n), however often values repeat.
//
// Left out may be what only finds; a change of known outcome, unless something that stays found
// its revision; and one of unknown outcome, unless something that stays found a value that it
// stores at a revision that no change tells. All stay that store what a swap that stays expects.
//
// Revisions rise with every change, so they rank the versions: an even number for the change that
// made one, the next odd one for what found it; what found nothing comes before all changes.
// A version whose revision no change tells was made by one of unknown outcome that stores its
// value: a swap that expects the value of the version before, or a write. These never end, so
// that only their beginnings matter. The lowest version gets the first that can make it, and a
// swap rather than a write, as a write can make others as well: whatever choice there is, it can
// be changed into this one version by version. All others never happened. What is left is to
// compare pairs of operations, see crossed.
//
// Changes that nobody saw may come between two versions whose revisions have a gap. That helps
// only swaps, to expect what the version before did not hold; where it might, the decision does
// not apply.
func (VersionedRegister) Decide(ops []history.Op) (model.Decision, bool) {
	r, wrong, applies := newRevisions(ops)
	if !applies || wrong != nil {
		return verdictOf(wrong), applies
	}
	if wrong, applies = r.fill(); !applies || wrong != nil {
		return verdictOf(wrong), applies
	}
	some := r.ranks()
	_, late, found := crossed(some)
	if !found {
		return model.Decision{Legal: true}, true
	}
	early := cheapest(some, late, func(x ranked) int {
		if v := r.at[x.op]; v != nowhere && !told(ops[r.all[v].maker]) {
			return anyRank - 1 // that takes everything that may have made it
		}
		return x.least
	})
	return r.refute(early.op, late.op), true
}

// Order returns the order by rank. A change of unknown outcome stands in it if it was chosen to
// have made a version.
func (VersionedRegister) Order(ops []history.Op) []int {
	r, _, _ := newRevisions(ops)
	r.fill()
	return inRankOrder(r.ranks())
}

// version is a value that was there at a revision.
type version struct {
	revision uint64
	value    history.Value
	maker    int // position of the change, or nowhere
	seen     int // position of something that tells of it
}

// revisions is what operations tell of versions.
type revisions struct {
	ops   []history.Op
	all   []version // ascending, once they are sorted
	at    []int32   // by position: index in all of what the operation made or found; else nowhere
	found []int     // positions of what found nothing
}

// newRevisions returns wrong if two operations contradict each other about a revision.
func newRevisions(ops []history.Op) (r *revisions, wrong *model.Decision, applies bool) {
	r = &revisions{ops: ops, at: make([]int32, len(ops))}
	ids := make(map[uint64]int32, len(ops)/2)
	for i := range ops {
		op := &ops[i]
		r.at[i] = nowhere
		switch v, finds := finding(op); {
		case op.Outcome == history.Failed:
		case op.In.F == history.Delete:
			return r, nil, false
		case !told(*op):
		case finds && v == history.Absent && op.In.F == history.Read:
			r.found = append(r.found, i)
		case op.Out.Revision == 0 || finds && op.In.F == history.CAS && (v == op.In.Expect || v == history.Absent):
			return r, nil, false
		default:
			id, known := ids[op.Out.Revision]
			if !known {
				id = int32(len(r.all))
				ids[op.Out.Revision] = id
				r.all = append(r.all, version{revision: op.Out.Revision, value: v, maker: nowhere, seen: i})
			}
			r.at[i] = id
			if d := r.meet(&r.all[id], i, v, finds); wrong == nil {
				wrong = d
			}
		}
	}
	r.sort()
	return r, wrong, true
}

// finding returns the value that op stored, or else that it found.
func finding(op *history.Op) (v history.Value, finds bool) {
	if op.In.F == history.Write || op.In.F == history.CAS && (!told(*op) || op.Out.Swapped) {
		return op.In.Value, false
	}
	return op.Out.Value, true
}

// meet takes what the operation at position i tells of a version.
func (r *revisions) meet(v *version, i int, value history.Value, finds bool) *model.Decision {
	var d model.Decision
	switch {
	case value != v.value:
		d = r.prove([]int{i, v.seen}, "revision %d is said to hold %s and %s", v.revision, v.value, value)
	case finds:
		return nil
	case v.maker != nowhere:
		d = r.prove([]int{i, v.maker}, "two changes were given revision %d", v.revision)
	default:
		v.maker = i
		return nil
	}
	return &d
}

// sort brings the versions into their order.
func (r *revisions) sort() {
	order := make([]int32, len(r.all))
	for id := range order {
		order[id] = int32(id)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(r.all[a].revision, r.all[b].revision) })
	sorted, index := make([]version, len(order)), make([]int32, len(order))
	for n, id := range order {
		sorted[n], index[id] = r.all[id], int32(n)
	}
	r.all = sorted
	for i, id := range r.at {
		if id != nowhere {
			r.at[i] = index[id]
		}
	}
}

// candidate is a change of unknown outcome, and the highest rank of what had ended before it.
type candidate struct{ op, after int }

// swap is what a compare-and-set asks for; a write expects nothing, and is no swap.
type swap struct {
	expect, value history.Value
	writes        bool
}

// candidates returns the changes of unknown outcome, by what they ask for and by invoke.
func (r *revisions) candidates() map[swap][]candidate {
	some, all, ended, after := r.ranks(), map[swap][]candidate{}, 0, 0
	ends := endsOf(some)
	for i := range r.ops {
		op := &r.ops[i]
		for ; ended < len(ends) && ends[ended].complete < op.Invoke; ended++ {
			after = max(after, some[ends[ended].index].least)
		}
		if op.Outcome == history.Unknown && op.In.F != history.Read {
			asks := swap{op.In.Expect, op.In.Value, op.In.F == history.Write}
			all[asks] = append(all[asks], candidate{i, after})
		}
	}
	return all
}

// fill finds what made the versions whose revisions no change tells, and checks what swaps
// expected.
func (r *revisions) fill() (wrong *model.Decision, applies bool) {
	left := r.candidates()
	stored := map[history.Value]bool{} // by changes of unknown outcome
	swapped := map[history.Value]bool{}
	for asks := range left {
		stored[asks.value] = true
		swapped[asks.value] = swapped[asks.value] || !asks.writes
	}
	before := version{}
	for n := range r.all {
		v := &r.all[n]
		switch {
		case v.maker == nowhere && !r.make(v, 2*(n+1), left, swap{before.value, v.value, false}) && !r.make(v, 2*(n+1), left, swap{"", v.value, true}):
			if swapped[v.value] {
				return nil, false
			}
			d := r.prove([]int{v.seen}, "revision %d is said to hold %s, which nothing can have stored then", v.revision, v.value)
			if stored[v.value] { // other versions, or what had ended before, leave none for this one
				d.Proof = nil
			}
			return &d, true
		case r.ops[v.maker].In.F == history.CAS && r.ops[v.maker].In.Expect != before.value:
			if expect := r.ops[v.maker].In.Expect; stored[expect] && v.revision > before.revision+1 {
				return nil, false
			}
			return &model.Decision{Why: "a compare-and-set found " + r.ops[v.maker].In.Expect.String() + " where there was " + before.value.String()}, true
		}
		before = *v
	}
	return nil, true
}

// make lets the first candidate that asks for this make the version of a rank, if it can.
func (r *revisions) make(v *version, rank int, left map[swap][]candidate, asks swap) bool {
	all := left[asks]
	if len(all) == 0 || all[0].after > rank {
		return false
	}
	v.maker, left[asks] = all[0].op, all[1:]
	return true
}

// ranks returns the operations with their ranks, and what was chosen to make versions.
func (r *revisions) ranks() []ranked {
	made := make([]int32, len(r.ops)) // by position: one more than the index of the version it was chosen for
	for n, v := range r.all {
		if v.maker != nowhere {
			made[v.maker] = int32(n + 1)
		}
	}
	some := make([]ranked, 0, len(r.ops))
	nothing := r.found
	for i := range r.ops {
		rank := 2 * int(made[i])
		switch {
		case len(nothing) > 0 && nothing[0] == i:
			nothing, rank = nothing[1:], 1
		case rank == 0 && r.at[i] == nowhere:
			continue
		case rank == 0:
			rank = 2*int(r.at[i]+1) + 1
		}
		some = append(some, ranked{op: i, invoke: r.ops[i].Invoke, complete: endOf(r.ops[i]), least: rank, most: rank})
	}
	return some
}

// refute explains two operations that crossed.
func (r *revisions) refute(early, late int) model.Decision {
	x, y := r.ops[early], r.ops[late]
	if r.at[late] == nowhere {
		return r.prove([]int{early, late}, "a read found nothing after revision %d had been told", x.Out.Revision)
	}
	return r.prove([]int{early, late}, "revision %d was told after revision %d had been, by operations one after the other", y.Out.Revision, x.Out.Revision)
}

// prove returns the decision that some operations prove, with what may have made the versions
// that they tell of; with all, where that takes swaps.
func (r *revisions) prove(some []int, why string, args ...any) model.Decision {
	proof, found, made := slices.Clone(some), map[uint64]bool{}, map[uint64]bool{}
	for _, i := range some {
		_, finds := finding(&r.ops[i])
		found[r.ops[i].Out.Revision] = finds
	}
	for i := range r.ops {
		op := &r.ops[i]
		if _, finds := finding(op); told(*op) && !finds && found[op.Out.Revision] {
			proof, made[op.Out.Revision] = append(proof, i), true
		}
	}
	guessed := map[history.Value]bool{} // of no change of known outcome
	for _, i := range some {
		v, finds := finding(&r.ops[i])
		guessed[v] = guessed[v] || finds && !made[r.ops[i].Out.Revision]
	}
	for i := range r.ops {
		op := &r.ops[i]
		if v, finds := finding(op); op.Outcome == history.Unknown && !finds && guessed[v] {
			proof = append(proof, i)
		}
	}
	if slices.ContainsFunc(proof, func(i int) bool {
		_, finds := finding(&r.ops[i])
		return r.ops[i].In.F == history.CAS && !finds
	}) {
		proof = nil
	}
	return refuted(proof, why, args...)
}
