package models_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/history"
)

var ordered = flag.Int("ordered", 20_000, "random histories of each collection of which to show an order")

// replay says what is wrong with an order of operations, given by their positions; empty if
// nothing is. Each that is known to have happened must stand in it, none twice and none
// after one that began when it had ended, and the model must allow them one after the other.
func replay[S comparable](m checker.Model[S], ops []history.Op, order []int) string {
	s, stands, latest := m.Init(), make([]bool, len(ops)), -1
	for _, i := range order {
		op := ops[i]
		if stands[i] || op.Outcome == history.Failed {
			return fmt.Sprintf("operation %d stands twice, or failed", i)
		}
		stands[i] = true
		if op.Outcome == history.OK && op.Complete < latest {
			return fmt.Sprintf("operation %d stands after one that began when it had ended", i)
		}
		latest = max(latest, op.Invoke)
		next, ok := m.Step(s, op)
		if !ok {
			return fmt.Sprintf("operation %d is refused: %s", i, m.Why(s, op))
		}
		s = next
	}
	for i, op := range ops {
		if op.Outcome == history.OK && !stands[i] {
			return fmt.Sprintf("operation %d is left out", i)
		}
	}
	return ""
}

func TestDecisionsShowALegalOrder(t *testing.T) {
	for n, c := range collections() {
		t.Run(c.name, func(t *testing.T) {
			shown := 0
			for seed := range uint64(*ordered) {
				c := collections()[n]
				r := rand.New(rand.NewPCG(seed, 6))
				var ops []history.Op
				switch seed % 8 {
				case 0:
					ops = c.bend(r, c.random(r, 1+r.IntN(operations), false))
				case 1, 2, 3:
					ops = c.jumble(r, 2+r.IntN(operations-1))
				case 4:
					ops = c.jumble(r, 2+r.IntN(6*operations))
				default:
					ops = c.random(r, 1+r.IntN(3*operations), false)
				}
				d, applies := c.decider.Decide(ops)
				if !applies || !d.Legal {
					continue
				}
				shown++
				order := c.decider.Order(ops)
				if fault := c.model.replay(ops, order); fault != "" {
					t.Fatalf("seed %d: %v: %s: %s", seed, order, fault, dump(ops))
				}
			}
			t.Logf("of %d histories %d were legal", *ordered, shown)
			require.Greater(t, shown, *ordered/3)
		})
	}
}
