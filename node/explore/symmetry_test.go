package explore

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/raft"
)

// Every state that is reached without symmetry must be a renaming of one that is reached with
// it, and every renaming of one that is reached with it must be reached without.
func TestSymmetryLosesNoState(t *testing.T) {
	for _, o := range []Options{
		{Depth: 6, Nodes: 3, Terms: 2, Entries: 2},
		{Depth: 8, Nodes: 3, Terms: 1, Entries: 1, PreVotes: true},
		{Depth: 9, Nodes: 2, Terms: 2, Entries: 2},
	} {
		orbits := map[uint64]int{} // by canonical fingerprint: how many states it stands for
		x := newExplorer(o, deviations{})
		sums := make([]uint64, len(x.renamings))
		x.key = func(w *world) uint64 {
			x.fingerprints(w, sums)
			plain := sums[0]
			slices.Sort(sums)
			orbits[sums[0]] = len(slices.Compact(sums))
			return plain
		}
		plain := x.run(context.Background())
		reduced := explored(t, o, deviations{})
		require.Equal(t, reduced.States, len(orbits))
		total := 0
		for _, n := range orbits {
			total += n
		}
		require.Equal(t, plain.States, total)
		require.Greater(t, plain.States, reduced.States*len(x.renamings)*3/4, "the reduction is worth little")
	}
}

// walk follows random actions that change something, seldom crashes and time-outs, and calls
// each with every one.
func walk(x *explorer, seed uint64, actions int, each func(from world, m move, to world)) {
	random := rand.New(rand.NewPCG(seed, 1))
	w := x.founded()
	for range actions {
		var moves []move
		var worlds []world
		quiet := random.IntN(20) > 0
		x.successors(&w, func(m move, to world, _ string) {
			if to != w && !(quiet && len(moves) > 0 && (m.kind == crash || m.kind == timeOut)) {
				moves, worlds = append(moves, m), append(worlds, to)
			}
		})
		if len(moves) == 0 {
			return
		}
		i := random.IntN(len(moves))
		each(w, moves[i], worlds[i])
		w = worlds[i]
	}
}

func TestWhoHearsALateMessageDoesNotCampaign(t *testing.T) {
	x := newExplorer(Options{Depth: 1, Nodes: 3, Terms: 6, Entries: 2, PreVotes: true}, deviations{})
	late := 0
	for seed := range uint64(40) {
		walk(x, seed, 100, func(from world, m move, to world) {
			if m.late {
				late++
				before, after := x.servers.items[from.server[m.server]], x.servers.items[to.server[m.server]]
				require.True(t, before.raft.HeardLeaderRecently())
				require.Equal(t, raft.Follower, after.raft.Role())
				require.False(t, after.raft.HeardLeaderRecently())
			}
		})
	}
	require.Greater(t, late, 20)
}

func TestInvariantsHoldOnLongRandomWalks(t *testing.T) {
	x := newExplorer(Options{Depth: 1, Nodes: 3, Terms: 6, Entries: 9}, deviations{})
	commits := 0
	for seed := range uint64(20) {
		walk(x, seed, 200, func(_ world, m move, to world) {
			name, text := x.check(&to)
			require.Empty(t, text, "%s, seed %d", name, seed)
			commits = max(commits, len(x.pasts.items[to.past].chain))
		})
	}
	require.Greater(t, commits, 4)
}
