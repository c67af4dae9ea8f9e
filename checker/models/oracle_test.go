package models_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/checkertest"
	"senkei/checker/linearizable"
	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/history"
)

var histories = flag.Int("histories", 3000, "random histories of each model to compare with trying every order")

// subject is one model beside its object.
type subject struct {
	name  string
	model tested
	start object
	ask   func(r *rand.Rand) history.Input
	guess func(r *rand.Rand, in history.Input) history.Output // an answer of those that have one, most likely wrong
	// canonical brings answers that say the same into one form; nil if they have one.
	canonical func(history.Output) history.Output
}

// tested is a model whatever its state.
type tested struct {
	id            string
	pruned, plain checker.Keyed
	// disorder says what is wrong with the order that is shown for a valid history.
	disorder  func(ops []history.Op) string
	removable func([]history.Op) []bool // nil if the model spares nothing
	parts     func(history.Op) []string // nil if the object is not divisible
	admit     func(history.Input) error
	replay    func(ops []history.Op, order []int) string // what is wrong with an order; empty if nothing is
}

// bare hides everything optional of a model.
type bare[S comparable] struct{ model.Model[S] }

func test[S comparable](m model.Model[S]) tested {
	t := tested{
		id:        m.ID(),
		pruned:    linearizable.Of(m),
		plain:     linearizable.Of[S](bare[S]{m}),
		admit:     m.Admit,
		removable: model.HintsOf(m).Removable,
		replay:    func(ops []history.Op, order []int) string { return checkertest.Replay(m, ops, order) },
	}
	t.disorder = func(ops []history.Op) string {
		for _, a := range []checker.Algorithm{checker.AllAlgorithms, checker.DepthFirst} {
			v := linearizable.Of(m).CheckKey(context.Background(), "", history.History{Ops: ops}, checker.Limits{Algorithm: a, Orders: true})
			if wrong := checkertest.Replay(m, ops, checkertest.Order(v)); wrong != "" {
				return fmt.Sprintf("%v: %s", checkertest.Order(v), wrong)
			}
		}
		return ""
	}
	if d, ok := m.(model.Composite[S]); ok {
		t.parts = d.Parts
	}
	return t
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func digit(r *rand.Rand) history.Value { return history.Value(strconv.Itoa(r.IntN(3))) }

// ask draws one of these functions; those of asking have a value.
func ask(asking map[history.Func]func(*rand.Rand) history.Value, funcs ...history.Func) func(*rand.Rand) history.Input {
	return func(r *rand.Rand) history.Input {
		in := history.Input{F: pick(r, funcs...)}
		if value := asking[in.F]; value != nil {
			in.Value = value(r)
		}
		return in
	}
}

func guessDigit(r *rand.Rand, _ history.Input) history.Output {
	return history.Output{Value: pick[history.Value](r, "", "0", "1", "2", "[]", `"no"`)}
}

func guessList(r *rand.Rand, in history.Input) history.Output {
	if in.F == history.Append || in.F == history.Dequeue {
		return guessDigit(r, in) // of an offset, or an element
	}
	var list []history.Value
	for range r.IntN(4) {
		list = append(list, digit(r))
	}
	return history.Output{Value: history.List(list...)}
}

func guessRow(r *rand.Rand, in history.Input) history.Output {
	if in.F == history.Append {
		return history.Output{}
	}
	return guessList(r, in)
}

func askCell(funcs ...history.Func) func(*rand.Rand) history.Input {
	return func(r *rand.Rand) history.Input {
		in := history.Input{F: pick(r, funcs...)}
		switch in.F {
		case history.Write:
			in.Value = pick[history.Value](r, "1", `"a"`, `"b"`)
		case history.Append:
			in.Value = pick[history.Value](r, `"a"`, `"b"`)
		case history.CAS:
			in.Expect, in.Value = pick[history.Value](r, "", "1", `"a"`, `"ab"`), pick[history.Value](r, "1", `"a"`)
		}
		return in
	}
}

// askTexts asks for texts of which few come twice.
func askTexts(r *rand.Rand) history.Input {
	in := history.Input{F: pick(r, history.Read, history.Read, history.Append, history.Append, history.Append, history.Write, history.CAS, history.Delete)}
	if in.F == history.Delete && r.IntN(2) == 0 {
		in.F = history.Read
	}
	if in.F != history.Read && in.F != history.Delete {
		in.Value = letters(r, 1)
	}
	if in.F == history.CAS {
		in.Expect = letters(r, 2)
	}
	return in
}

func guessText(r *rand.Rand, in history.Input) history.Output {
	swapped := in.F == history.CAS && r.IntN(2) == 0
	if swapped || in.F != history.Read && in.F != history.CAS {
		return history.Output{Swapped: swapped}
	}
	return history.Output{Value: letters(r, 3)}
}

// letters returns a text of at most so many different letters, or nothing.
func letters(r *rand.Rand, most int) history.Value {
	text := ""
	for _, i := range r.Perm(8)[:1+r.IntN(most)] {
		text += string(rune('a' + i))
	}
	if most > 1 && r.IntN(6) == 0 {
		return history.Absent
	}
	return history.Text(text)
}

func guessCell(r *rand.Rand, in history.Input) history.Output {
	swapped := in.F == history.CAS && r.IntN(2) == 0
	if swapped || in.F != history.Read && in.F != history.CAS {
		return history.Output{Swapped: swapped}
	}
	return history.Output{Value: pick[history.Value](r, "", "1", `"a"`, `"b"`, `"ab"`)}
}

func guessVersioned(r *rand.Rand, in history.Input) history.Output {
	out := guessCell(r, in)
	if in.F == history.Write || in.F == history.Delete {
		out.Value = ""
	}
	if out.Value != "" || out.Swapped || in.F == history.Write || in.F == history.Delete {
		out.Revision = uint64(r.IntN(6))
	}
	return out
}

// guessNumbered tells a revision wherever there is one.
func guessNumbered(r *rand.Rand, in history.Input) history.Output {
	out := guessVersioned(r, in)
	if out.Revision == 0 && (out.Value != "" || out.Swapped || in.F == history.Write) {
		out.Revision = 6
	}
	return out
}

func askTxn(r *rand.Rand) history.Input {
	var ms []history.Micro
	for range 1 + r.IntN(3) {
		m := history.Micro{F: pick(r, history.Read, history.Write, history.Append), Key: pick(r, "x", "y", "l")}
		if m.Key == "l" && m.F == history.Write {
			m.F = history.Append
		}
		if m.F != history.Read {
			m.Value = digit(r)
		}
		ms = append(ms, m)
	}
	return history.Input{F: history.Txn, Value: history.Transaction(ms...)}
}

// askCells asks for transactions that only read and write.
func askCells(r *rand.Rand) history.Input {
	var ms []history.Micro
	for range 1 + r.IntN(3) {
		m := history.Micro{F: pick(r, history.Read, history.Write), Key: pick(r, "x", "y")}
		if m.F == history.Write {
			m.Value = pick[history.Value](r, "0", "1", "2", "3", "4")
		}
		ms = append(ms, m)
	}
	return history.Input{F: history.Txn, Value: history.Transaction(ms...)}
}

func guessTxn(r *rand.Rand, in history.Input) history.Output {
	var ms []history.Micro
	for m := range in.Value.Micros() {
		if m.F == history.Read {
			m.Value = pick[history.Value](r, "", "0", "1", "[1]", "[0,1]")
		}
		ms = append(ms, m)
	}
	return history.Output{Value: history.Transaction(ms...)}
}

// sorted forgets the order of a list.
func sorted(out history.Output) history.Output {
	if out.Value.IsList() {
		out.Value = history.List(slices.Sorted(out.Value.Elements())...)
	}
	return out
}

var cellFuncs = []history.Func{history.Read, history.Read, history.Write, history.CAS, history.Delete, history.Append}

var queueFuncs = []history.Func{history.Enqueue, history.Enqueue, history.Dequeue, history.Dequeue, history.Drain}

func subjects() []subject {
	enqueue := map[history.Func]func(*rand.Rand) history.Value{history.Enqueue: digit}
	add := map[history.Func]func(*rand.Rand) history.Value{history.Add: digit}
	lists := map[history.Func]func(*rand.Rand) history.Value{history.Append: digit}
	logs := map[history.Func]func(*rand.Rand) history.Value{history.Append: digit, history.Poll: digit}
	release := map[history.Func]func(*rand.Rand) history.Value{history.Release: func(r *rand.Rand) history.Value {
		return pick[history.Value](r, "", "", "1", "2", "3", "4")
	}}
	return []subject{
		{"register", test(models.Register{}), cell{}, askCell(cellFuncs[:4]...), guessCell, nil},
		{"key-value", test(models.KV{}), cell{}, askCell(cellFuncs...), guessCell, nil},
		{"key-value of texts", test(models.KV{}), cell{}, askTexts, guessText, nil},
		{"key-value without deletes", test(models.KV{}), cell{}, askCell(cellFuncs[:4]...), guessCell, nil},
		{"versioned register", test(models.VersionedRegister{}), versioned{}, askCell(cellFuncs[:5]...), guessVersioned, nil},
		{"versioned register without deletes", test(models.VersionedRegister{}), versioned{}, askCell(cellFuncs[:4]...), guessVersioned, nil},
		{"mutex", test(models.Mutex{}), lock{}, ask(nil, history.Acquire, history.Release), guessCell, nil},
		{"fenced lock", test(models.FencedLock{}), fenced{}, ask(release, history.Acquire, history.Release), guessToken, nil},
		{"counter", test(models.Counter{}), count(0), ask(add, history.Add, history.Read), guessDigit, nil},
		{"set", test(models.Set{}), grow{}, ask(add, history.Add, history.Add, history.Read), guessList, sorted},
		{"FIFO queue", test(models.FIFOQueue{}), fifo{}, ask(enqueue, queueFuncs...), guessList, nil},
		{"unordered queue", test(models.UnorderedQueue{}), bag{}, ask(enqueue, queueFuncs...), guessList, sorted},
		{"log", test(models.Log{}), entries{}, ask(logs, history.Append, history.Poll), guessList, nil},
		{"list", test(models.List{}), row{}, ask(lists, history.Append, history.Read), guessRow, nil},
		{"store", test(models.Store{}), table{}, askTxn, guessTxn, emptied},
		{"store without lists", test(models.Store{}), table{}, askCells, guessTxn, emptied},
	}
}

func guessToken(r *rand.Rand, _ history.Input) history.Output {
	return history.Output{Value: pick[history.Value](r, "", "1", "2", "3", "4", `"no"`)}
}

// possible decides by trying every order of the operations and every choice of those of
// unknown outcome, on the object.
func (s subject) possible(ops []history.Op, now object) bool {
	if !slices.ContainsFunc(ops, func(op history.Op) bool { return op.Outcome == history.OK }) {
		return true
	}
	for i, op := range ops {
		if slices.ContainsFunc(ops, func(other history.Op) bool { return other.Outcome == history.OK && other.Complete < op.Invoke }) {
			continue
		}
		rest := slices.Delete(slices.Clone(ops), i, i+1)
		for _, o := range now.after(op.In) {
			if (op.Outcome != history.OK || s.same(o.out, op.Out)) && s.possible(rest, o.next) {
				return true
			}
		}
	}
	return false
}

func (s subject) same(a, b history.Output) bool {
	if s.canonical != nil {
		a, b = s.canonical(a), s.canonical(b)
	}
	return a == b
}

// oracle leaves out what failed.
func (s subject) oracle(ops []history.Op) bool {
	return s.possible(slices.DeleteFunc(slices.Clone(ops), func(op history.Op) bool { return op.Outcome == history.Failed }), s.start)
}

// random returns a few operations that the object executed, each at some moment between
// its invocation and its completion, and then, if lie is set, with one result changed.
func (s subject) random(r *rand.Rand, most int, lie bool) []history.Op {
	var ops []history.Op
	var open, late []int // late: gave up, and without effect as yet
	done := map[int]bool{}
	now := s.start
	effect := func(i int) {
		if all := now.after(ops[i].In); len(all) > 0 && !done[i] {
			o := all[r.IntN(min(len(all), 4))]
			done[i], now, ops[i].Out = true, o.next, o.out
		}
	}
	for position := 0; len(ops) < most || len(open) > 0; {
		if len(late) > 0 && r.IntN(4) == 0 {
			effect(late[r.IntN(len(late))])
		}
		if len(ops) < most && len(open) < 4 && (len(open) == 0 || r.IntN(2) == 0) {
			open = append(open, len(ops))
			ops = append(ops, history.Op{ID: len(ops), Process: history.Process(len(ops)), In: s.ask(r), Invoke: position, Complete: history.Never})
			position++
			continue
		}
		at := r.IntN(len(open))
		i := open[at]
		if r.IntN(2) == 0 {
			effect(i)
			continue
		}
		open = slices.Delete(open, at, at+1)
		switch {
		case r.IntN(6) == 0:
			late = append(late, i)
			continue
		case done[i]:
			ops[i].Outcome = history.OK
		default:
			ops[i].Outcome = history.Failed
		}
		ops[i].Complete = position
		position++
	}
	for i := range ops {
		if ops[i].Outcome != history.OK {
			ops[i].Out = history.Output{}
		}
	}
	if lie {
		s.change(r, ops)
	}
	return ops
}

// sequential returns operations that the object executed one after another, each at most
// overlapping with the next, and some of unknown outcome: what had ended long before something began is
// what some rules go by.
func (s subject) sequential(r *rand.Rand, most int) []history.Op {
	var ops []history.Op
	now := s.start
	for range 2 * most {
		in := s.ask(r)
		all := now.after(in)
		if len(all) == 0 || len(ops) == most {
			continue
		}
		o := all[r.IntN(min(len(all), 4))]
		now = o.next
		i := len(ops)
		ops = append(ops, history.Op{ID: i, Process: history.Process(i), In: in, Out: o.out, Outcome: history.OK, Invoke: 2 * i, Complete: 2*i + 1})
		if i > 0 && r.IntN(4) == 0 {
			ops[i-1].Complete, ops[i].Invoke = ops[i].Invoke, ops[i-1].Complete
		}
	}
	for i := range ops {
		if r.IntN(8) == 0 {
			ops[i].Outcome, ops[i].Out, ops[i].Complete = history.Unknown, history.Output{}, history.Never
		}
	}
	return ops
}

// silent functions tell nothing but that they were done.
var silent = []history.Func{history.Add, history.Enqueue, history.Release}

// change makes a failure of a success, or a success of a failure, or tells another result.
func (s subject) change(r *rand.Rand, ops []history.Op) {
	for range 5 {
		op := &ops[r.IntN(len(ops))]
		silent := slices.Contains(silent, op.In.F)
		switch {
		case op.Outcome == history.Unknown:
			continue
		case op.Outcome == history.OK && (silent || r.IntN(4) == 0):
			op.Outcome, op.Out = history.Failed, history.Output{}
		case silent:
			op.Outcome = history.OK
		case op.Outcome == history.OK || r.IntN(2) == 0:
			op.Outcome, op.Out = history.OK, s.guess(r, op.In)
		default:
			continue
		}
		return
	}
}

func dump(ops []history.Op) string {
	var b strings.Builder
	for _, op := range ops {
		fmt.Fprintf(&b, "\n%3d..%d process %d: %s, revision %d", op.Invoke, op.Complete, op.Process, op, op.Out.Revision)
	}
	return b.String()
}

func TestEachModelAgreesWithTryingEveryOrder(t *testing.T) {
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			invalid := 0
			for seed := range uint64(*histories) {
				r := rand.New(rand.NewPCG(seed, 1))
				lie := seed%2 == 1
				ops := s.random(r, 1+r.IntN(6), lie)
				want := checker.Invalid
				if s.oracle(ops) {
					want = checker.Valid
				} else {
					invalid++
				}
				if wrong := s.fault(ops, lie, want); wrong != "" {
					t.Fatalf("seed %d: %s: %s", seed, wrong, dump(ops))
				}
			}
			require.Greater(t, invalid, *histories/20, "too few violations to compare")
		})
	}
}

// fault says what is wrong with what the algorithms make of ops; empty if nothing is.
func (s subject) fault(ops []history.Op, lie bool, want checker.Status) string {
	if !lie && want != checker.Valid {
		return "the object made this"
	}
	h := history.History{Ops: ops}
	got := s.model.pruned.CheckKey(context.Background(), "", h, checker.Limits{})
	if got.Status != want {
		return "all together: " + got.Status.String()
	}
	if plain := s.model.plain.CheckKey(context.Background(), "", h, checker.Limits{}); plain.Status != want {
		return "plain: " + plain.Status.String()
	}
	for i, a := range checker.Algorithms() {
		got := s.model.pruned.CheckKey(context.Background(), "", h, checker.Limits{Algorithm: a})
		if got.Status != want && !(got.Status == checker.Unknown && strings.Contains(got.Reason, "has no answer")) {
			return fmt.Sprintf("%s: %s %s", checker.Algorithms()[i], got.Status, got.Reason)
		}
	}
	if want == checker.Valid {
		return s.model.disorder(ops)
	}
	if s.oracle(checker.CoreOf(got.Evidence).Ops) {
		return "this was left of it: " + dump(checker.CoreOf(got.Evidence).Ops)
	}
	for _, refused := range checker.CoreOf(got.Evidence).Refused {
		if refused.Reason == "" || strings.Contains(refused.Reason, "%!") {
			return "badly told: " + refused.Reason
		}
	}
	return ""
}

func TestLeavingOutWhatIsRemovableInventsNoViolation(t *testing.T) {
	for _, s := range subjects() {
		if s.model.removable == nil {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			spared := 0
			for seed := range uint64(*histories / 3) {
				r := rand.New(rand.NewPCG(seed, 2))
				ops := slices.DeleteFunc(s.random(r, 1+r.IntN(5), false), func(op history.Op) bool {
					return op.Outcome == history.Failed || op.Outcome == history.Unknown && op.In.F == history.Read
				})
				removable := s.model.removable(ops)
				for chosen := range 1 << len(ops) {
					var rest []history.Op
					for i, op := range ops {
						if !removable[i] || chosen>>i&1 == 0 {
							rest = append(rest, op)
						}
					}
					spared += len(ops) - len(rest)
					require.True(t, s.oracle(rest), "seed %d: of %s\nthis was left: %s", seed, dump(ops), dump(rest))
				}
			}
			require.Greater(t, spared, *histories/10, "too little was left out")
		})
	}
}

func TestWhatIsDoneWithinSomePartsOfADivisibleObjectIsLinearizableIfEverythingIs(t *testing.T) {
	for _, s := range subjects() {
		if s.model.parts == nil {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			less := 0
			for seed := range uint64(*histories / 3) {
				r := rand.New(rand.NewPCG(seed, 4))
				ops := slices.DeleteFunc(s.random(r, 1+r.IntN(6), false), func(op history.Op) bool { return op.Outcome == history.Failed })
				var parts []string
				for _, op := range ops {
					for _, part := range s.model.parts(op) {
						if r.IntN(3) == 0 {
							parts = append(parts, part)
						} else if op.In.F == history.Txn && r.IntN(3) == 0 {
							parts = append(parts, history.ElementOf(part, digit(r)))
						}
					}
				}
				if len(parts) == 0 {
					continue // that would be all
				}
				var some []history.Op
				for _, op := range ops {
					if within, touches := op.Within(parts); touches {
						some = append(some, within)
						if within != op {
							less++
						}
					}
				}
				less += len(ops) - len(some)
				require.True(t, s.oracle(some), "seed %d: of %s\nwithin %v: %s", seed, dump(ops), parts, dump(some))
			}
			require.Greater(t, less, *histories/30, "too little was left out")
		})
	}
}

func TestAModelAdmitsItsOwnRequestsOnly(t *testing.T) {
	for _, s := range subjects() {
		r := rand.New(rand.NewPCG(1, 3))
		for range 100 {
			require.NoError(t, s.model.admit(s.ask(r)), s.name)
		}
		require.Error(t, s.model.admit(history.Input{F: "dance"}), s.name)
	}
	for _, c := range []struct {
		model interface{ Admit(history.Input) error }
		in    history.Input
		says  string
	}{
		{models.Register{}, history.Input{F: history.Append, Value: `"a"`}, "append is none of read, write, cas"},
		{models.Counter{}, history.Input{F: history.Add, Value: `"a"`}, `"a" is not a whole number`},
		{models.Counter{}, history.Input{F: history.Add, Value: "10000000000000"}, "is not a whole number from -1000000000000"},
		{models.KV{}, history.Input{F: history.Append, Value: "1"}, "what is appended to a value is a text"},
		{models.FencedLock{}, history.Input{F: history.Release, Value: `"a"`}, "a token is a whole number"},
		{models.Log{}, history.Input{F: history.Poll, Value: "-1"}, "an offset is a whole number"},
	} {
		require.ErrorContains(t, c.model.Admit(c.in), c.says)
	}
}
