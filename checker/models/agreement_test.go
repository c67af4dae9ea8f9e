package models_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/history"
)

var (
	longer     = flag.Int("longer", 300, "longer random histories of each model of which all algorithms are compared")
	longerFrom = flag.Uint64("longer-from", 0, "the seed of the first longer random history")
)

// What the algorithms may hold: so little that none goes on for long.
const (
	togetherBytes = 16 << 20
	aloneBytes    = 4 << 20
)

// contender is a subject whose objects can be asked for dozens of operations.
type contender struct {
	subject
	model checker.Keyed
	// most of each; and one in unknown operations, at most, has an unknown outcome
	clients, operations, unknown int
}

func contend[S comparable](s subject, m model.Model[S]) contender {
	return contender{s, linearizable.Of(m), 8, 60, 5}
}

// modest asks for less, since the object remembers much of the past, and so the searches have
// a lot to try.
func (c contender) modest() contender {
	c.clients, c.operations, c.unknown = 5, 40, 20
	return c
}

// contenders leaves out the objects that give away a revision or a token: those of the
// oracle have only a few.
func contenders() []contender {
	byName := map[string]subject{}
	for _, s := range subjects() {
		byName[s.name] = s
	}
	return []contender{
		contend(byName["register"], models.Register{}),
		contend(byName["key-value"], models.KV{}),
		contend(byName["key-value of texts"], models.KV{}).modest(),
		contend(byName["key-value without deletes"], models.KV{}),
		contend(byName["mutex"], models.Mutex{}),
		contend(byName["counter"], models.Counter{}),
		contend(byName["set"], models.Set{}),
		contend(byName["FIFO queue"], models.FIFOQueue{}).modest(),
		contend(byName["unordered queue"], models.UnorderedQueue{}).modest(),
		contend(byName["log"], models.Log{}).modest(),
		contend(byName["list"], models.List{}).modest(),
		contend(byName["store"], models.Store{}).modest(),
		contend(byName["store without lists"], models.Store{}).modest(),
	}
}

// long returns operations that the object executed for some clients, each at some moment
// between its invocation and its completion. One in unknown has an unknown outcome and
// takes effect at any time from its invocation on, or never.
func (s subject) long(r *rand.Rand, clients, operations, unknown int) []history.Op {
	var ops []history.Op
	var open, late []int
	done := map[int]bool{}
	now := s.start
	effect := func(i int) bool {
		if all := now.after(ops[i].In); len(all) > 0 && !done[i] {
			o := all[r.IntN(min(len(all), 4))]
			done[i], now, ops[i].Out = true, o.next, o.out
		}
		return done[i]
	}
	position := 0
	for len(ops) < operations || len(open) > 0 {
		if len(late) > 0 && r.IntN(8) == 0 {
			effect(late[r.IntN(len(late))])
		}
		if len(ops) < operations && len(open) < clients && (len(open) == 0 || r.IntN(2) == 0) {
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
		if r.IntN(unknown) == 0 {
			late = append(late, i)
			continue
		}
		ops[i].Outcome, ops[i].Complete = history.Failed, position
		if effect(i) {
			ops[i].Outcome = history.OK
		}
		position++
	}
	for i := range ops {
		if ops[i].Outcome != history.OK {
			ops[i].Out = history.Output{}
		}
	}
	return ops
}

// spoil changes an operation or two such that what comes of it may be illegal, but only just.
func (s subject) spoil(r *rand.Rand, ops []history.Op) {
	for range 1 + r.IntN(2) {
		switch r.IntN(4) {
		case 0:
			s.change(r, ops)
		case 1:
			exchange(r, ops)
		case 2:
			hasten(r, ops)
		default:
			op := &ops[r.IntN(len(ops))]
			if op.Outcome == history.OK && op.In.F != history.Read {
				op.Outcome, op.Out = history.Failed, history.Output{}
			}
		}
	}
}

// exchange swaps the results of two operations of one function, most likely near each other.
func exchange(r *rand.Rand, ops []history.Op) {
	for range 20 {
		i := r.IntN(len(ops))
		j := max(0, i-1-r.IntN(12))
		a, b := &ops[i], &ops[j]
		if a.In == b.In && a.Outcome == history.OK && b.Outcome == history.OK && a.Out != b.Out {
			a.Out, b.Out = b.Out, a.Out
			return
		}
	}
}

// hasten lets an operation end just after it began: whatever was between came after it.
func hasten(r *rand.Rand, ops []history.Op) {
	i := r.IntN(len(ops))
	if ops[i].Outcome != history.OK {
		return
	}
	after := ops[i].Invoke + 1
	for k := range ops {
		op := &ops[k]
		if op.Invoke >= after {
			op.Invoke++
		}
		if k != i && op.Complete != history.Never && op.Complete >= after {
			op.Complete++
		}
	}
	ops[i].Complete = after
}

// judge asks every algorithm alone, and all together with the tasks of a round carried out
// in another order. It says what they do not agree about; empty if nothing.
func (c contender) judge(ops []history.Op, mustBeValid bool) (wrong string, v checker.Verdict) {
	h := history.History{Ops: ops}
	v = c.model.CheckKey(context.Background(), "", h, checker.Limits{MemoryBytes: togetherBytes})
	if v.Status == checker.Unknown {
		return "", v
	}
	if mustBeValid && v.Status != checker.Valid {
		return "the object made this: " + v.Reason, v
	}
	lim := checker.Limits{MemoryBytes: togetherBytes, Spread: func(tasks []func()) {
		for _, task := range slices.Backward(tasks) {
			task()
		}
	}}
	if again := c.model.CheckKey(context.Background(), "", h, lim); text(again) != text(v) {
		return fmt.Sprintf("in another order: %s instead of %s", text(again), text(v)), v
	}
	for _, a := range checker.Algorithms() {
		got := c.model.CheckKey(context.Background(), "", h, checker.Limits{MemoryBytes: aloneBytes, Algorithm: a})
		switch {
		case got.Status == checker.Unknown && (a != checker.DepthFirst && a != checker.Frontier || strings.Contains(got.Reason, "memory")):
		case got.Status != v.Status:
			return fmt.Sprintf("%s: %s instead of %s %s", a, got.Status, v.Status, got.Reason), v
		case v.Status == checker.Invalid && a != checker.Direct && a != checker.Windows && checker.CoreOf(got.Evidence).Culprit != checker.CoreOf(v.Evidence).Culprit:
			// Direct and Windows cannot judge every prefix. The others can, in enough memory.
			got = c.model.CheckKey(context.Background(), "", h, checker.Limits{Algorithm: a})
			if checker.CoreOf(got.Evidence).Culprit != checker.CoreOf(v.Evidence).Culprit {
				return fmt.Sprintf("%s: it is %s instead of %s that went wrong", a, checker.CoreOf(got.Evidence).Culprit, checker.CoreOf(v.Evidence).Culprit), v
			}
		}
	}
	return "", v
}

func text(v checker.Verdict) string {
	all, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(all)
}

func TestAllAlgorithmsAgreeAboutLongerHistoriesOfRepeatingValues(t *testing.T) {
	for _, c := range contenders() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			decided, invalid := 0, 0
			for seed := *longerFrom; seed < *longerFrom+uint64(*longer); seed++ {
				r := rand.New(rand.NewPCG(seed, 9))
				ops := c.long(r, 3+r.IntN(c.clients-2), 20+r.IntN(c.operations-19), []int{c.unknown, 20, 100}[r.IntN(3)])
				spoilt := seed%4 != 0
				if spoilt {
					c.spoil(r, ops)
				}
				wrong, v := c.judge(ops, !spoilt)
				if wrong != "" {
					t.Fatalf("seed %d: %s: %s", seed, wrong, dump(ops))
				}
				if v.Status != checker.Unknown {
					decided++
				}
				if v.Status == checker.Invalid {
					invalid++
				}
			}
			t.Logf("of %d histories %d were decided, and %d were violations", *longer, decided, invalid)
			require.Greater(t, decided, *longer*9/10, "too few verdicts to compare")
			require.Greater(t, invalid, *longer/20, "too few violations to compare")
		})
	}
}
