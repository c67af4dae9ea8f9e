package checker

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"reflect"
	"slices"

	"github.com/anishathalye/porcupine"

	"senkei/history"
)

// answer is how a search ended.
type answer uint8

const (
	outOfTime answer = iota
	outOfMemory
	illegal
	legal
)

// searcher decides with Porcupine whether the operations of one key can be ordered.
// Porcupine implements the search of Wing and Gong (1993) with the cache of Lowe
// ("Testing for linearizability", 2017).
type searcher[S comparable] struct {
	model       Model[S]
	cell        Cell[S] // model, or nil if it is none
	memoryBytes int64
}

// decide reports whether ops, by Invoke, are linearizable.
func (s searcher[S]) decide(ctx context.Context, ops []history.Op) answer {
	ops = s.searched(ops)
	b := s.budget(ctx, len(ops))
	result := porcupine.CheckOperationsTimeout(s.porcupine(b), operations(ops), 0)
	return b.answer(result)
}

// explore searches ops as they are, nothing pruned, and returns the partial orders that
// it found as well.
func (s searcher[S]) explore(ctx context.Context, ops []history.Op) (answer, porcupine.LinearizationInfo) {
	b := s.budget(ctx, len(ops))
	result, info := porcupine.CheckOperationsVerbose(s.porcupine(b), operations(ops), 0)
	return b.answer(result), info
}

// longest returns the IDs of the longest partial order of ops; of several, the one whose
// operations were invoked first.
func longest(info porcupine.LinearizationInfo, ops []history.Op) []int {
	var orders [][]int
	for _, partition := range info.PartialLinearizations() {
		orders = append(orders, partition...)
	}
	if len(orders) == 0 {
		return nil
	}
	best := slices.MinFunc(orders, func(a, b []int) int {
		return cmp.Or(len(b)-len(a), slices.Compare(a, b))
	})
	ids := make([]int, len(best))
	for i, at := range best {
		ids[i] = ops[at].ID
	}
	return ids
}

// searched returns the operations that take part in a search.
func (s searcher[S]) searched(ops []history.Op) []history.Op {
	ops = relevant(ops)
	if p, ok := s.model.(Pruner); ok {
		ops = p.Prune(ops)
	}
	return ops
}

// relevant leaves out failed operations, which had no effect, and reads of unknown
// outcome, which constrain nothing.
func relevant(ops []history.Op) []history.Op {
	return slices.DeleteFunc(slices.Clone(ops), func(op history.Op) bool {
		return op.Outcome == history.Failed || op.Outcome == history.Unknown && op.In.F == history.Read
	})
}

// operations puts ops into Porcupine's form. Time is the position in the history, never
// a clock. What has no end within it ends after everything else.
func operations(ops []history.Op) []porcupine.Operation {
	end := 0
	for _, op := range ops {
		end = max(end, op.Invoke+1)
		if op.Complete != history.Never {
			end = max(end, op.Complete+1)
		}
	}
	lanes := map[history.Process]int{}
	list := make([]porcupine.Operation, len(ops))
	for i, op := range ops {
		if _, ok := lanes[op.Process]; !ok {
			lanes[op.Process] = len(lanes)
		}
		until := op.Complete
		if until == history.Never {
			until = end
		}
		list[i] = porcupine.Operation{
			ClientId: lanes[op.Process], Input: &ops[i], Call: int64(op.Invoke), Return: int64(until),
		}
	}
	return list
}

// porcupine returns the model in Porcupine's form, within the budget.
func (s searcher[S]) porcupine(b *budget) porcupine.Model {
	seed := maphash.MakeSeed() // decides where a state is cached, never what is found
	return porcupine.Model{
		Init: func() any { return s.model.Init() },
		Step: func(state, input, _ any) (bool, any) {
			if !b.more() {
				return false, nil
			}
			before := state.(S)
			after, ok := s.model.Step(before, *input.(*history.Op))
			if !ok || !b.charge() {
				return false, nil
			}
			if after == before {
				return true, state // spares boxing it again
			}
			return true, after
		},
		Equal: func(x, y any) bool {
			// Porcupine asks only whether what it has just accepted is in its cache
			// already; if so, it stores nothing.
			same := x.(S) == y.(S)
			if same {
				b.refund()
			}
			return same
		},
		Hash:              func(state any) uint64 { return maphash.Comparable(seed, state.(S)) },
		DescribeOperation: func(input, _ any) string { return input.(*history.Op).String() },
		DescribeState:     func(state any) string { return fmt.Sprint(state) },
	}
}

// budget makes Porcupine stop: once it is used up, every further step is refused, so
// that the search unwinds at once, and its result is discarded.
type budget struct {
	ctx       context.Context
	steps     int
	bytesLeft int64
	perEntry  int64 // what one cache entry may occupy
	spent     bool
	reason    answer
}

// entryBytes bounds what a cache entry occupies besides its bitset and its state: slice
// and interface headers, a slot in a map that is half full, and the allocator's rounding.
const entryBytes = 160

func (s searcher[S]) budget(ctx context.Context, ops int) *budget {
	words := int64(ops+63) / 64
	state := int64(reflect.TypeFor[S]().Size())
	b := &budget{ctx: ctx, bytesLeft: s.memoryBytes, perEntry: 9*words + entryBytes + state}
	if ctx.Err() != nil {
		b.stop(outOfTime)
	}
	return b
}

// more reports whether the search may take another step. It looks at the context once
// in a while only.
func (b *budget) more() bool {
	const between = 1024
	b.steps++
	if !b.spent && b.steps%between == 0 && b.ctx.Err() != nil {
		b.stop(outOfTime)
	}
	return !b.spent
}

func (b *budget) charge() bool {
	b.bytesLeft -= b.perEntry
	if b.bytesLeft < 0 {
		b.stop(outOfMemory)
	}
	return !b.spent
}

func (b *budget) refund() { b.bytesLeft += b.perEntry }

func (b *budget) stop(reason answer) { b.spent, b.reason = true, reason }

func (b *budget) answer(result porcupine.CheckResult) answer {
	switch {
	case b.spent:
		return b.reason
	case result == porcupine.Ok:
		return legal
	case result == porcupine.Illegal:
		return illegal
	default:
		panic(fmt.Sprintf("checker: Porcupine answers %q although it has no time limit", result))
	}
}
