package linearizable_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
)

func TestWindowsOfARegisterRefuteNothingThatHasAnOrder(t *testing.T) {
	refuted, bad := 0, 0
	for seed := range uint64(6000) {
		r := rand.New(rand.NewPCG(seed, 16))
		ops := randomOps(r, 2+r.IntN(6), false, seed%2 == 0)
		isBad := !oracle(ops)
		if isBad {
			bad++
		}
		for _, pruned := range []bool{false, true} {
			if linearizable.RefutedByWindows(models.Register{}, ops, pruned) {
				require.True(t, isBad, "seed %d: of%s", seed, dump(ops))
				refuted++
			}
		}
	}
	require.Greater(t, refuted, bad/2)
}

func TestWindowsRefuteNothingOfALongLegalHistory(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 17))
		ops := repeating(r, 3+r.IntN(4), 200, 2+r.IntN(4))
		require.False(t, linearizable.RefutedByWindows(models.Register{}, ops, seed%2 == 0))
		require.False(t, linearizable.RefutedByWindows(models.KV{}, ops, seed%2 == 0))
	}
}

func TestWindowsRefuteOfLongerHistoriesOnlyWhatTheDepthFirstSearchDoesToo(t *testing.T) {
	refuted, valid := 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 18))
		ops := repeating(r, 3+r.IntN(4), 60, 2+r.IntN(3))
		if op := &ops[20+r.IntN(40)]; op.In.F == history.Read && op.Outcome == history.OK {
			op.Out.Value = history.Int(r.Int64N(3))
		}
		isRefuted := linearizable.RefutedByWindows(models.Register{}, ops, seed%2 == 0)
		status := register.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{Algorithm: checker.DepthFirst}).Status
		switch {
		case isRefuted:
			require.Equal(t, checker.Invalid, status, "seed %d", seed)
			refuted++
		case status == checker.Valid:
			valid++
		}
	}
	require.Greater(t, refuted, 20)
	require.Greater(t, valid, 100)
}
