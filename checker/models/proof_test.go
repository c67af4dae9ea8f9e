package models_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/model"
	"senkei/history"
)

var spared = flag.Int("spared", 10_000, "random histories of each collection of which to leave out what a decision allows")

// rule says whether the operation at a position may be left out, while those marked stay. It
// is what Decide says of its model, in other words.
type rule func(ops []history.Op, stays []bool, i int) bool

// setRule spares reads, and adds or appends of what no read returned or another one added
// before.
func setRule(ops []history.Op, stays []bool, i int) bool {
	returned, before := false, false
	for j, op := range ops {
		switch {
		case !stays[j]:
		case op.In.F != history.Read:
			before = before || j < i && op.In.Value == ops[i].In.Value
		case op.Outcome == history.OK:
			for v := range op.Out.Value.Elements() {
				returned = returned || v == ops[i].In.Value
			}
		}
	}
	return ops[i].In.F == history.Read || !returned || before
}

// storeRule spares transactions that wrote and appended nothing that was read of its key.
func storeRule(ops []history.Op, stays []bool, i int) bool {
	seen := map[string]bool{}
	for j, op := range ops {
		if !stays[j] || op.Outcome != history.OK {
			continue
		}
		for m := range op.Out.Value.Micros() {
			for _, v := range append(slices.Collect(m.Value.Elements()), m.Value) {
				seen[history.ElementOf(m.Key, v)] = seen[history.ElementOf(m.Key, v)] || m.F == history.Read
			}
		}
	}
	for m := range ops[i].In.Value.Micros() {
		if m.F != history.Read && seen[history.ElementOf(m.Key, m.Value)] {
			return false
		}
	}
	return true
}

// revisionRule spares what only finds, and changes of which nothing is found or expected.
func revisionRule(ops []history.Op, stays []bool, i int) bool {
	finds := func(op history.Op) bool {
		return op.In.F == history.Read || op.In.F == history.CAS && op.Outcome == history.OK && !op.Out.Swapped
	}
	made := map[uint64]bool{}
	for j, op := range ops {
		if stays[j] && !finds(op) {
			made[op.Out.Revision] = true
		}
	}
	for j, op := range ops {
		switch revision := op.Out.Revision; {
		case !stays[j] || finds(ops[i]):
		case op.In.F == history.CAS && !finds(op) && op.In.Expect == ops[i].In.Value:
			return false
		case !finds(op) || op.Outcome != history.OK:
		case ops[i].Outcome == history.OK && revision == ops[i].Out.Revision:
			return false
		case ops[i].Outcome == history.Unknown && op.Out.Value == ops[i].In.Value && !made[revision]:
			return false
		}
	}
	return true
}

// elementOf returns what was enqueued, or what a dequeue returned.
func elementOf(op history.Op) history.Value { return op.In.Value + op.Out.Value }

// queueRule spares whole elements, dequeues that found nothing, and those of unknown outcome
// that can have taken nothing that stays, or came too late to matter.
func queueRule(ops []history.Op, stays []bool, i int) bool {
	op := ops[i]
	if op.In.F == history.Enqueue || op.Out.Value != history.Absent {
		for j := range ops {
			if stays[j] && elementOf(ops[j]) == elementOf(op) {
				return false
			}
		}
		return true
	}
	if op.Outcome == history.OK {
		return true
	}
	returned, last := map[history.Value]bool{}, -1
	for j, op := range ops {
		if stays[j] && op.In.F == history.Dequeue && op.Outcome == history.OK {
			returned[op.Out.Value] = true
			last = max(last, op.Complete)
		}
	}
	for j, op := range ops {
		if stays[j] && op.In.F == history.Enqueue && !returned[op.In.Value] {
			return last < ops[i].Invoke
		}
	}
	return true
}

// offsets returns what an operation tells of the offsets of entries.
func offsets(op history.Op) map[history.Value]int {
	all := map[history.Value]int{}
	if op.Outcome != history.OK {
		return all
	}
	if op.In.F == history.Append {
		if offset, err := strconv.Atoi(string(op.Out.Value)); err == nil {
			all[op.In.Value] = offset
		}
		return all
	}
	offset, _ := strconv.Atoi(string(op.In.Value))
	for v := range op.Out.Value.Elements() {
		all[v] = max(all[v], offset)
		offset++
	}
	return all
}

// logRule spares polls, and appends beyond or after all that is told.
func logRule(ops []history.Op, stays []bool, i int) bool {
	top, last := -1, -1
	for j, op := range ops {
		for _, offset := range offsets(op) {
			if stays[j] {
				top, last = max(top, offset), max(last, op.Complete)
			}
		}
	}
	above := false
	for _, op := range ops {
		offset, tells := offsets(op)[ops[i].In.Value]
		above = above || tells && offset > top
	}
	return ops[i].In.F == history.Poll || above || last < ops[i].Invoke
}

// only returns the operations that stay.
func only(ops []history.Op, stays []bool) []history.Op {
	var rest []history.Op
	for i, op := range ops {
		if stays[i] {
			rest = append(rest, op)
		}
	}
	return rest
}

// requireProof checks that a proof stands on its own, and that its rule allows what is left
// out.
func (c collection) requireProof(t *testing.T, ops []history.Op, d model.Decision) {
	stays, elsewhere, some := make([]bool, len(ops)), make([]bool, len(ops)), make([]history.Op, len(ops))
	for _, i := range d.Proof {
		stays[i] = true
	}
	for i, op := range ops {
		within, touches := op.Within(d.Parts)
		some[i], elsewhere[i] = within, !touches
	}
	require.False(t, c.oracle(only(some, stays)), "%v is no proof of %s", d, dump(ops))
	for i, op := range ops {
		require.True(t, stays[i] || elsewhere[i] || op.Outcome == history.Failed || c.spares(some, stays, i),
			"%v leaves out %d, which may not be left out of %s", d, i, dump(ops))
	}
}

func TestLeavingOutWhatADecisionAllowsInventsNoViolation(t *testing.T) {
	for n, c := range collections() {
		t.Run(c.name, func(t *testing.T) {
			legal, left := 0, 0
			for seed := range uint64(*spared) {
				c := collections()[n]
				r := rand.New(rand.NewPCG(seed, 7))
				ops := c.random(r, 1+r.IntN(operations), false)
				if seed%2 == 0 {
					ops = c.jumble(r, 2+r.IntN(operations-1))
				}
				ops = slices.DeleteFunc(ops, func(op history.Op) bool { return op.Outcome == history.Failed })
				if _, applies := c.decider.Decide(ops); len(ops) == 0 || !applies || !c.oracle(ops) {
					continue
				}
				legal++
				stays := make([]bool, len(ops))
				for range 1 + r.IntN(3) {
					stays[r.IntN(len(ops))] = true
				}
				for again := true; again; {
					again = false
					for i := range ops {
						if !stays[i] && !c.spares(ops, stays, i) {
							stays[i], again = true, true
						}
					}
				}
				rest := only(ops, stays)
				left += len(ops) - len(rest)
				require.True(t, c.oracle(rest), "seed %d: of %s\nthis was left: %s", seed, dump(ops), dump(rest))
			}
			t.Logf("%d operations were left out of %d legal histories", left, legal)
			require.Greater(t, legal, *spared/4)
			require.Greater(t, left, legal, "too little was left out")
		})
	}
}
