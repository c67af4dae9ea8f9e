package models_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/models"
	"senkei/history"
)

func TestASupportedPartOfALegalHistoryIsLegal(t *testing.T) {
	for _, s := range subjects() {
		supports := map[string]func([]history.Op) func([]int, int) []int{
			"register": models.Register{}.Hints().Closure, "key-value": models.KV{}.Hints().Closure, "key-value without deletes": models.KV{}.Hints().Closure,
		}
		support, supported := supports[s.name]
		if !supported {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			smaller, added := 0, 0
			for seed := range uint64(*histories) {
				r := rand.New(rand.NewPCG(seed, 9))
				ops := s.sequential(r, 1+r.IntN(7))
				if seed%4 == 0 {
					ops = slices.DeleteFunc(s.random(r, 1+r.IntN(6), false), func(op history.Op) bool { return op.Outcome == history.Failed })
				}
				if len(ops) == 0 {
					continue
				}
				asked := slices.Compact(slices.Sorted(slices.Values([]int{r.IntN(len(ops)), r.IntN(len(ops)), r.IntN(len(ops))})))
				positions := support(ops)(asked, len(ops))
				if positions == nil {
					continue
				}
				require.Subset(t, positions, asked)
				slices.Sort(positions)
				var part []history.Op
				for _, i := range positions {
					part = append(part, ops[i])
				}
				if !s.oracle(part) {
					t.Fatalf("seed %d: of%s\n%v became%s", seed, dump(ops), asked, dump(part))
				}
				if len(part) > len(asked) {
					added++
				}
				if len(part) < len(ops) {
					smaller++
				}
			}
			require.Greater(t, smaller, *histories/10, "too little was left out")
			require.Greater(t, added, *histories/50, "too little was needed")
		})
	}
}

func TestAWriteShowsWhereAValueCameFromThatWasOverwritten(t *testing.T) {
	var ops []history.Op
	add := func(op history.Op, ends bool) {
		op.ID, op.Invoke, op.Complete = len(ops), 2*len(ops), history.Never
		if ends {
			op.Complete = op.Invoke + 1
		} else {
			op.Outcome = history.Unknown
		}
		ops = append(ops, op)
	}
	for range 20 {
		add(did(history.Write, "x", ""), false)
	}
	add(did(history.Write, "y", ""), true)
	swap := did(history.CAS, "y", "")
	swap.In.Expect, swap.Out.Swapped = "x", true
	add(swap, true)
	add(did(history.Write, "z", ""), true)
	add(did(history.Read, "", "y"), true)
	require.ElementsMatch(t, []int{20, 22, 23}, models.Register{}.Hints().Closure(ops)([]int{22, 23}, 12))
}
