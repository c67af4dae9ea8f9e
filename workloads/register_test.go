package workloads

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/checker"
	"senkei/history"
)

var usual = Options{Clients: 10, Nodes: 5, Keys: 2, OpsPerKey: 100}

var anyOptions = rapid.Custom(func(t *rapid.T) Options {
	o := Options{
		Clients:   rapid.IntRange(1, 24).Draw(t, "clients"),
		Nodes:     rapid.IntRange(1, 9).Draw(t, "nodes"),
		OpsPerKey: rapid.IntRange(1, 60).Draw(t, "ops per key"),
	}
	o.Keys = rapid.IntRange(1, o.Clients).Draw(t, "keys")
	return o
})

// runMain drives the main phase of an imperfect system.
func runMain(o Options, seed uint64) (*simulation, Phases) {
	s := simulate(o, seed).spend(500 * time.Millisecond)
	s.ending = imperfect
	p := Register().Phases(o)
	return s.run(p.Main), p
}

func TestNoValueIsWrittenTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := runMain(anyOptions.Draw(t, "options"), rapid.Uint64().Draw(t, "seed"))
		written := map[history.Value]bool{}
		for _, op := range s.ops {
			require.Equal(t, op.In.F == history.Read, op.In.Value == history.Absent, "%v", op)
			require.False(t, op.In.F != history.Read && written[op.In.Value], "%v", op)
			written[op.In.Value] = true
		}
	})
}

func TestAProcessHasOneOpenOperationAndNoneAfterAnUnknownOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := runMain(anyOptions.Draw(t, "options"), rapid.Uint64().Draw(t, "seed"))
		last := map[history.Process]history.Op{}
		for _, op := range s.ops {
			before, ok := last[op.Process]
			require.True(t, !ok || before.End <= op.Start && before.Outcome != history.Unknown, "%v after %v", op, before)
			last[op.Process] = op
		}
	})
}

func TestAKeyEndsAtItsLimitAndNeverComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyOptions.Draw(t, "options")
		s, _ := runMain(o, rapid.Uint64().Draw(t, "seed"))
		counts, group := map[string]int{}, map[string]int{}
		current := map[int]string{}
		for i, op := range s.ops {
			g := min(s.slots[i]/(o.Clients/o.Keys), o.Keys-1)
			owner, known := group[op.In.Key]
			require.True(t, !known || owner == g, "%s is used by groups %d and %d", op.In.Key, owner, g)
			if op.In.Key != current[g] {
				require.False(t, known, "%s came back", op.In.Key)
				require.Equal(t, fmt.Sprintf("k%d", len(group)+1), op.In.Key)
				require.True(t, current[g] == "" || counts[current[g]] == o.OpsPerKey, "%s ended early", current[g])
			}
			current[g], group[op.In.Key] = op.In.Key, g
			counts[op.In.Key]++
			require.LessOrEqual(t, counts[op.In.Key], o.OpsPerKey)
		}
	})
}

func TestEveryNodeHasReadersAndWritersAndSoHasEveryKey(t *testing.T) {
	type does struct{ reads, writes bool }
	both := does{true, true}
	check := func(o Options) {
		r := newRegister(o)
		require.Len(t, r.roles, o.Clients)
		require.Len(t, r.groups, o.Clients)
		nodes, keys := map[int]does{}, map[*group]does{}
		for slot, role := range r.roles {
			reads, writes := slices.Contains(role, history.Read), slices.Contains(role, history.Write)
			n, k := nodes[slot%o.Nodes], keys[r.groups[slot]]
			nodes[slot%o.Nodes] = does{n.reads || reads, n.writes || writes}
			keys[r.groups[slot]] = does{k.reads || reads, k.writes || writes}
		}
		require.Len(t, keys, o.Keys)
		for _, k := range keys {
			require.Equal(t, both, k, "%+v", o)
		}
		for n, d := range nodes {
			require.True(t, d == both || o.Clients < 2*o.Nodes, "%+v: node %d", o, n)
		}
	}
	for clients := 1; clients <= 20; clients++ {
		for nodes := 1; nodes <= 9; nodes++ {
			for keys := 1; keys <= clients; keys++ {
				check(Options{Clients: clients, Nodes: nodes, Keys: keys, OpsPerKey: 1})
			}
		}
	}
}

func TestAGroupOfTwoOrMoreKeepsSlotsThatOnlyRead(t *testing.T) {
	for nodes := 1; nodes <= 9; nodes++ {
		for size := 2; size <= 6; size++ {
			for _, role := range newRegister(Options{Clients: 3 * size, Nodes: nodes, Keys: 3, OpsPerKey: 1}).roles {
				require.NotEqual(t, allRound, role, "%d nodes, groups of %d", nodes, size)
			}
		}
	}
}

// A writer that waits for a leader who is cut off must not keep others from reading.
func TestReadersGoOnWhileAllWritersAreStuck(t *testing.T) {
	s := simulate(usual, 1).spend(time.Second)
	s.ending = func(rng *rand.Rand, c Client, in history.Input, now time.Duration) (history.Outcome, time.Duration) {
		if in.F != history.Read {
			return history.Unknown, time.Minute
		}
		return perfect(rng, c, in, now)
	}
	s.run(Register().Phases(usual).Main)
	late := map[history.NodeID]int{}
	for _, op := range s.ops {
		if op.Start > 500*time.Millisecond {
			require.Equal(t, history.Read, op.In.F)
			late[op.Node]++
		}
	}
	require.Len(t, late, usual.Nodes)
}

func TestAGoodShareOfCompareAndSetsSwapsAndSomeAreRefused(t *testing.T) {
	for _, clients := range []int{2, 10, 30} {
		o := usual
		o.Clients, o.Keys = clients, max(1, clients/5)
		s := simulate(o, 1).spend(2 * time.Second).run(Register().Phases(o).Main)
		tried, swapped := 0, 0
		for _, op := range s.ops {
			if op.In.F == history.CAS {
				tried++
			}
			if op.Out.Swapped {
				swapped++
			}
		}
		require.Greater(t, tried, 100)
		require.Greater(t, swapped, tried/4, "%d clients", clients)
		require.Less(t, swapped, tried*99/100, "%d clients", clients)
	}
}

func TestASlotRestsAfterWhatWasNotOKAndOnlyThen(t *testing.T) {
	s, _ := runMain(usual, 1)
	pauses := map[history.Outcome][]time.Duration{}
	last := map[int]history.Op{}
	for i, op := range s.ops {
		if before, ok := last[s.slots[i]]; ok {
			pauses[before.Outcome] = append(pauses[before.Outcome], op.Start-before.End)
		}
		last[s.slots[i]] = op
	}
	for _, outcome := range []history.Outcome{history.Failed, history.Unknown} {
		require.Equal(t, restAfterFailure, slices.Min(pauses[outcome]), outcome)
		require.Equal(t, restAfterFailure, slices.Max(pauses[outcome]), "%s: and not longer", outcome)
	}
	require.Zero(t, slices.Min(pauses[history.OK]))
}

func TestTheSameSeedAsksTheSame(t *testing.T) {
	a, _ := runMain(usual, 1)
	b, _ := runMain(usual, 1)
	c, _ := runMain(usual, 2)
	require.Equal(t, a.ops, b.ops)
	require.NotEqual(t, a.ops, c.ops)
}

func TestTheFinalReadsReadEveryKeyOnceSpreadOverTheNodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyOptions.Draw(t, "options")
		s, p := runMain(o, rapid.Uint64().Draw(t, "seed"))
		used := map[string]int{}
		for _, op := range s.ops {
			used[op.In.Key] = 1
		}
		s.ops, s.ending = nil, perfect
		s.spend(time.Minute).run(p.Final())
		read, nodes := map[string]int{}, map[history.NodeID]bool{}
		for _, op := range s.ops {
			require.Equal(t, history.Read, op.In.F)
			read[op.In.Key]++
			nodes[op.Node] = true
		}
		require.Equal(t, used, read)
		require.GreaterOrEqual(t, len(nodes), min(o.Clients, o.Nodes, len(used)/20))
	})
}

func TestTheFinalReadsAreRepeatedOnlySoOften(t *testing.T) {
	o := usual
	o.OpsPerKey = 20
	s, p := runMain(o, 1)
	s.ops = nil
	s.ending = func(rng *rand.Rand, c Client, in history.Input, now time.Duration) (history.Outcome, time.Duration) {
		switch {
		case in.Key == "k1":
			return history.Unknown, 10 * time.Millisecond
		case c.Node == "n2":
			return history.Failed, time.Microsecond
		}
		return perfect(rng, c, in, now)
	}
	final := p.Final()
	s.spend(time.Minute).run(final)
	attempts, ok := map[string]int{}, map[string]bool{}
	for _, op := range s.ops {
		attempts[op.In.Key]++
		ok[op.In.Key] = ok[op.In.Key] || op.Outcome == history.OK
	}
	require.Equal(t, readAttemptsMax, attempts["k1"])
	require.Greater(t, len(ok), 2)
	for _, key := range slices.Sorted(maps.Keys(ok)) {
		require.Equal(t, key != "k1", ok[key], "%s after %d attempts", key, attempts[key])
	}
	require.Equal(t, Exhausted, final.Next(View{Free: s.clients, Rand: s.rng}).Status)
}

func TestFinalReadsWithoutKeysEndAtOnce(t *testing.T) {
	s := simulate(usual, 1)
	require.Empty(t, s.run(Register().Phases(usual).Final()).ops)
}

// The simulated registers apply each operation when it is invoked, so what they answer is
// linearizable; one answer from the past is not.
func TestTheWorkloadJudgesWhatItGenerates(t *testing.T) {
	s, p := runMain(usual, 1)
	s.ending = perfect
	s.spend(time.Minute).run(p.Final())
	check := Register().Property
	h := recorded(s.ops)
	require.Equal(t, checker.Valid, check.Check(t.Context(), h, checker.Limits{}).Status)

	stale := slices.IndexFunc(h.Ops, func(op history.Op) bool {
		return op.Outcome == history.OK && op.Out.Value != history.Absent && op.In.F == history.Read
	})
	h.Ops[stale].Out.Value = history.Int(1 << 40)
	require.Equal(t, checker.Invalid, check.Check(t.Context(), h, checker.Limits{}).Status)
}

// recorded gives the operations the positions that a recorder would have given them.
func recorded(ops []history.Op) history.History {
	h := history.History{Ops: slices.Clone(ops)}
	type event struct {
		at   time.Duration
		ends bool
		op   int
	}
	var events []event
	for i, op := range h.Ops {
		h.Ops[i].ID = i
		events = append(events, event{op.Start, false, i}, event{op.End, true, i})
	}
	slices.SortStableFunc(events, func(a, b event) int { return int(a.at - b.at) })
	for position, e := range events {
		switch op := &h.Ops[e.op]; {
		case !e.ends:
			op.Invoke = position
		case op.Outcome == history.Unknown:
			op.Complete = history.Never
		default:
			op.Complete = position
		}
	}
	return h
}

func TestAKeyIsRetiredOnceItsLastOperationIsDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyOptions.Draw(t, "options")
		s, p := runMain(o, rapid.Uint64().Draw(t, "seed"))
		counts := map[string]int{}
		for _, op := range s.ops {
			counts[op.In.Key]++
		}
		for key, n := range counts {
			require.Equal(t, n == o.OpsPerKey, p.Retired(key), "%s after %d of %d", key, n, o.OpsPerKey)
		}
	})
}
