package porcupine

import (
	"context"
	"fmt"
	"hash/maphash"
	"reflect"

	"github.com/anishathalye/porcupine"

	"senkei/checker/linearizable/engine"
	"senkei/checker/model"
	"senkei/history"
)

// porcupineSearch decides with Porcupine, which implements the search of Wing and Gong
// (1993) with the cache of Lowe ("Testing for linearizability", 2017). Porcupine cannot
// pause, so a turn begins anew, each time with twice the steps: a turn for which too few
// were saved up passes.
type porcupineSearch[S comparable] struct {
	model model.Model[S]
	ops   []history.Op
	saved int // steps that were given and not used
	next  int // steps of the next attempt
}

func New[S comparable](m model.Model[S], ops []history.Op) *porcupineSearch[S] {
	return &porcupineSearch[S]{model: m, ops: ops, next: 4*len(ops) + 1000}
}

func (p *porcupineSearch[S]) Name() string { return "Porcupine" }
func (p *porcupineSearch[S]) Reached() int { return engine.Unreached }

func (p *porcupineSearch[S]) Turn(ctx context.Context, steps int, bytes int64) engine.Answer {
	if p.saved += steps; p.saved < p.next {
		return engine.Undecided
	}
	b := newBudget[S](ctx, len(p.ops), bytes)
	b.stepsLeft = p.next
	p.saved -= p.next
	p.next *= 2
	result := porcupine.CheckOperationsTimeout(porcupineModel(p.model, b), operations(p.ops), 0)
	return b.answer(result)
}

// exploreSteps bounds the search for something to draw.
const exploreSteps = 1 << 21

// explore searches ops as they are and returns the partial orders that Porcupine found.
func explore[S comparable](ctx context.Context, m model.Model[S], ops []history.Op, bytes int64) (engine.Answer, porcupine.LinearizationInfo) {
	b := newBudget[S](ctx, len(ops), bytes)
	b.stepsLeft = exploreSteps
	result, info := porcupine.CheckOperationsVerbose(porcupineModel(m, b), operations(ops), 0)
	return b.answer(result), info
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
	clients := map[history.Process]int{}
	list := make([]porcupine.Operation, len(ops))
	for i, op := range ops {
		if _, ok := clients[op.Process]; !ok {
			clients[op.Process] = len(clients)
		}
		until := op.Complete
		if until == history.Never {
			until = end
		}
		list[i] = porcupine.Operation{
			ClientId: clients[op.Process], Input: &ops[i], Call: int64(op.Invoke), Return: int64(until),
		}
	}
	return list
}

// porcupineModel returns the model in Porcupine's form, within the budget.
func porcupineModel[S comparable](m model.Model[S], b *budget) porcupine.Model {
	seed := maphash.MakeSeed() // decides where a state is cached, never what is found
	return porcupine.Model{
		Init: func() any { return m.Init() },
		Step: func(state, input, _ any) (bool, any) {
			if !b.more() {
				return false, nil
			}
			before := state.(S)
			after, ok := m.Step(before, *input.(*history.Op))
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
		// Porcupine's page takes the description of a state for HTML, that of an operation not.
		DescribeState: func(state any) string { return markup.Replace(fmt.Sprint(state)) },
	}
}

// budget makes Porcupine stop: once it is used up, every further step is refused, so
// that the search unwinds at once, and its result is discarded.
type budget struct {
	ctx       context.Context
	steps     int
	stepsLeft int // 0 is no limit
	bytesLeft int64
	perEntry  int64 // what one cache entry may occupy
	spent     bool
	reason    engine.Answer
}

// entryBytes bounds what a cache entry occupies besides its bitset and its state: slice
// and interface headers, a slot in a map that is half full, and the allocator's rounding.
const entryBytes = 160

func newBudget[S comparable](ctx context.Context, ops int, bytes int64) *budget {
	words := int64(ops+63) / 64
	state := int64(reflect.TypeFor[S]().Size())
	b := &budget{ctx: ctx, bytesLeft: bytes, perEntry: 9*words + entryBytes + state}
	b.look()
	return b
}

// more reports whether the search may take another step. It looks at the context once
// in a while only.
func (b *budget) more() bool {
	const between = 256
	b.steps++
	if !b.spent && b.steps%between == 0 {
		b.look()
	}
	if !b.spent && b.steps == b.stepsLeft {
		b.stop(engine.Undecided)
	}
	return !b.spent
}

// look stops if the context has ended.
func (b *budget) look() {
	if a := engine.Ended(b.ctx); a != engine.Undecided {
		b.stop(a)
	}
}

func (b *budget) charge() bool {
	b.bytesLeft -= b.perEntry
	if b.bytesLeft < 0 {
		b.stop(engine.OutOfMemory)
	}
	return !b.spent
}

func (b *budget) refund() { b.bytesLeft += b.perEntry }

func (b *budget) stop(reason engine.Answer) { b.spent, b.reason = true, reason }

func (b *budget) answer(result porcupine.CheckResult) engine.Answer {
	switch {
	case b.spent:
		return b.reason
	case result == porcupine.Ok:
		return engine.Legal
	case result == porcupine.Illegal:
		return engine.Illegal
	default:
		panic(fmt.Sprintf("checker: Porcupine answers %q although it has no time limit", result))
	}
}
