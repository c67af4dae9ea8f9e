package models_test

import (
	"flag"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/history"
)

var ordered = flag.Int("ordered", 20_000, "random histories of each collection of which to show an order")

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
