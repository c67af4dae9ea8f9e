package models_test

import (
	"cmp"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/history"
)

var decided = flag.Int("decided", 10_000, "random histories of each collection to decide and to compare with trying every order")

// anyDecider is a model.Decider of any state.
type anyDecider interface {
	Decide(ops []history.Op) (model.Decision, bool)
	Order(ops []history.Op) []int
}

// collection is a subject whose model decides.
type collection struct {
	subject
	decider anyDecider
	spares  rule
	applies float64 // the least share of the histories that it must decide
}

// operations is the most that a history to decide has.
const operations = 8

// collections are made anew for each history, so that each counts its values from 0.
func collections() []collection {
	next := 0
	fresh := func(*rand.Rand) history.Value { next++; return history.Int(int64(next - 1)) }
	often := func(r *rand.Rand) history.Value { return history.Int(r.Int64N(3)) }
	any := func(r *rand.Rand) history.Value { return history.Int(r.Int64N(int64(next) + 1)) }
	list := func(r *rand.Rand, _ history.Input) history.Output {
		var items []history.Value
		for range r.IntN(4) {
			items = append(items, any(r))
		}
		return history.Output{Value: history.List(items...)}
	}
	one := func(r *rand.Rand, in history.Input) history.Output {
		if in.F == history.Poll {
			return list(r, in)
		}
		return history.Output{Value: pick(r, history.Absent, any(r), any(r))}
	}
	read := func(r *rand.Rand, in history.Input) history.Output {
		if in.F == history.Append {
			return history.Output{}
		}
		return list(r, in)
	}
	lists := func(r *rand.Rand) history.Input {
		var ms []history.Micro
		for range 1 + r.IntN(3) {
			m := history.Micro{F: pick(r, history.Read, history.Append), Key: pick(r, "x", "y")}
			if m.F == history.Append {
				m.Value = fresh(r)
			}
			ms = append(ms, m)
		}
		return history.Input{F: history.Txn, Value: history.Transaction(ms...)}
	}
	lied := func(r *rand.Rand, in history.Input) history.Output {
		var ms []history.Micro
		for m := range in.Value.Micros() {
			if m.F == history.Read {
				m.Value = list(r, in).Value
			}
			ms = append(ms, m)
		}
		return history.Output{Value: history.Transaction(ms...)}
	}
	anew := func(r *rand.Rand) history.Input {
		in := lists(r)
		if r.IntN(4) == 0 {
			next = r.IntN(8)
		}
		return in
	}
	queue := map[history.Func]func(*rand.Rand) history.Value{history.Enqueue: fresh}
	again := map[history.Func]func(*rand.Rand) history.Value{history.Enqueue: func(r *rand.Rand) history.Value {
		next = 5
		return history.Int(r.Int64N(5))
	}}
	entry := map[history.Func]func(*rand.Rand) history.Value{history.Append: fresh, history.Poll: often}
	funcs := []history.Func{history.Enqueue, history.Dequeue}
	return []collection{
		{subject{"set", test(models.Set{}), grow{}, ask(map[history.Func]func(*rand.Rand) history.Value{history.Add: fresh}, history.Add, history.Read), list, sorted},
			models.Set{}, setRule, 1},
		{subject{"set with elements added again", test(models.Set{}), grow{}, ask(map[history.Func]func(*rand.Rand) history.Value{history.Add: often}, history.Add, history.Read), list, sorted},
			models.Set{}, setRule, 1},
		{subject{"list", test(models.List{}), row{}, ask(map[history.Func]func(*rand.Rand) history.Value{history.Append: fresh}, history.Append, history.Read), read, nil},
			models.List{}, setRule, 1},
		{subject{"list with elements appended again", test(models.List{}), row{}, ask(map[history.Func]func(*rand.Rand) history.Value{history.Append: often}, history.Append, history.Read), read, nil},
			models.List{}, setRule, 0.1},
		{subject{"store of lists", test(models.Store{}), table{}, lists, lied, emptied}, models.Store{}, storeRule, 1},
		{subject{"store of lists with elements appended again", test(models.Store{}), table{}, anew, lied, emptied}, models.Store{}, storeRule, 0.1},
		{subject{"versioned register", test(models.VersionedRegister{}), numbered{}, askCell(cellFuncs[:4]...), guessNumbered, nil}, models.VersionedRegister{}, revisionRule, 0.4},
		{subject{"versioned register of reads and writes", test(models.VersionedRegister{}), numbered{}, askCell(cellFuncs[:3]...), guessNumbered, nil}, models.VersionedRegister{}, revisionRule, 0.9},
		{subject{"FIFO queue", test(models.FIFOQueue{}), fifo{}, ask(queue, funcs...), one, nil}, models.FIFOQueue{}, queueRule, 1},
		{subject{"unordered queue", test(models.UnorderedQueue{}), bag{}, ask(queue, funcs...), one, nil}, models.UnorderedQueue{}, queueRule, 1},
		{subject{"FIFO queue with elements enqueued again", test(models.FIFOQueue{}), fifo{}, ask(again, funcs...), one, nil}, models.FIFOQueue{}, queueRule, 0.7},
		{subject{"unordered queue with elements enqueued again", test(models.UnorderedQueue{}), bag{}, ask(again, funcs...), one, nil}, models.UnorderedQueue{}, queueRule, 0.7},
		{subject{"log", test(models.Log{}), entries{}, ask(entry, history.Append, history.Poll), one, nil}, models.Log{}, logRule, 0.8},
		{subject{"log with many appends", test(models.Log{}), entries{}, ask(entry, history.Append, history.Append, history.Append, history.Poll), one, nil}, models.Log{}, logRule, 0.65},
	}
}

// emptied makes nothing of the empty lists that a transaction read.
func emptied(out history.Output) history.Output {
	var ms []history.Micro
	for m := range out.Value.Micros() {
		if m.Value == history.List() {
			m.Value = history.Absent
		}
		ms = append(ms, m)
	}
	out.Value = history.Transaction(ms...)
	return out
}

// bend makes a history wrong, most likely, that looks as if it were right: operations of one
// function exchange their answers, or begin and end at other moments.
func (c collection) bend(r *rand.Rand, ops []history.Op) []history.Op {
	switch r.IntN(3) {
	case 0:
		c.change(r, ops)
	case 1:
		a, b := &ops[r.IntN(len(ops))], &ops[r.IntN(len(ops))]
		if a.In.F == b.In.F && (a.In.F != history.Txn || a.In == b.In) && a.Outcome == history.OK && b.Outcome == history.OK {
			a.Out, b.Out = b.Out, a.Out
		}
	}
	var events []*int
	for i := range ops {
		events = append(events, &ops[i].Invoke)
		if ops[i].Complete != history.Never {
			events = append(events, &ops[i].Complete)
		}
	}
	for range 2 + r.IntN(12) {
		i, j := events[r.IntN(len(events))], events[r.IntN(len(events))]
		*i, *j = *j, *i
	}
	for i := range ops {
		if ops[i].Complete < ops[i].Invoke {
			ops[i].Invoke, ops[i].Complete = ops[i].Complete, ops[i].Invoke
		}
	}
	return inOrder(ops)
}

// jumble returns operations that the object executed one after the other, but that are said
// to have begun and ended at other moments, the further away the rarer.
func (c collection) jumble(r *rand.Rand, n int) []history.Op {
	type event struct {
		at       float64
		position *int
	}
	ops, events := make([]history.Op, n), make([]event, 0, 2*n)
	now, slide, length := c.start, 8*r.Float64(), 4*r.Float64()
	for i := range ops {
		op := &ops[i]
		op.In = c.ask(r)
		all := now.after(op.In)
		for ; len(all) == 0; all = now.after(op.In) {
			op.In = c.ask(r)
		}
		o := all[r.IntN(min(len(all), 4))]
		op.Outcome, op.Out, now = history.OK, o.out, o.next
		begin := float64(i) + slide*r.Float64()
		events = append(events, event{begin, &op.Invoke})
		if r.IntN(10) == 0 {
			op.Outcome, op.Out, op.Complete = history.Unknown, history.Output{}, history.Never
		} else {
			events = append(events, event{begin + length*r.Float64(), &op.Complete})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	for position, e := range events {
		*e.position = position
	}
	return inOrder(ops)
}

// inOrder sorts ops by Invoke.
func inOrder(ops []history.Op) []history.Op {
	slices.SortFunc(ops, func(a, b history.Op) int { return a.Invoke - b.Invoke })
	for i := range ops {
		ops[i].ID, ops[i].Process = i, history.Process(i)
	}
	return ops
}

func TestDecisionsAgreeWithTryingEveryOrder(t *testing.T) {
	for n, c := range collections() {
		t.Run(c.name, func(t *testing.T) {
			applied, illegal, proofs := 0, 0, 0
			for seed := range uint64(*decided) {
				c := collections()[n]
				r := rand.New(rand.NewPCG(seed, 4))
				var ops []history.Op
				switch seed % 4 {
				case 0, 1:
					ops = c.jumble(r, 2+r.IntN(operations-1))
				case 2:
					ops = c.random(r, 1+r.IntN(operations), false)
				default:
					ops = c.bend(r, c.random(r, 1+r.IntN(operations), false))
				}
				d, applies := c.decider.Decide(ops)
				if !applies {
					continue
				}
				applied++
				require.Equal(t, c.oracle(ops), d.Legal, "seed %d: %s %s", seed, d.Why, dump(ops))
				got := c.model.plain.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{})
				require.Equal(t, d.Legal, got.Status == checker.Valid, "seed %d: %s", seed, dump(ops))
				if d.Legal {
					require.Empty(t, d.Proof)
					require.Empty(t, d.Why)
					continue
				}
				illegal++
				require.NotContains(t, d.Why, "%!")
				if d.Proof != nil {
					proofs++
					c.requireProof(t, ops, d)
				}
			}
			t.Logf("of %d histories %d were decided, %d of them illegal, %d with a proof", *decided, applied, illegal, proofs)
			require.GreaterOrEqual(t, float64(applied), c.applies*float64(*decided), "too few were decided")
			require.Greater(t, illegal, *decided/20, "too few violations to compare")
			require.Greater(t, proofs, illegal/3, "too few proofs")
		})
	}
}
