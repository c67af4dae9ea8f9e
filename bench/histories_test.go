package main

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/history"
)

// small are rows that Porcupine can judge, but for lists.
func small() []row {
	var all []row
	for _, k := range kinds {
		n, clients := 80, 4
		switch k.name {
		case "set", wholeList:
			n = 150 // it is read rarely
		case storeOfLists:
			n, clients = 75, 2
		case "FIFO queue":
			n, clients = 50, 2 // the searches cannot do much more
		}
		for _, violated := range []bool{false, true} {
			all = append(all, row{k.name, 2, n, 2, violated}, row{k.name, clients, n, 0, violated})
		}
	}
	return all
}

func TestBothCheckersSayWhatIsTrueOfSmallHistories(t *testing.T) {
	for _, w := range small() {
		t.Run(w.String(), func(t *testing.T) {
			k, err := kindOf(w.Kind)
			require.NoError(t, err)
			for seed := range uint64(4) {
				ops, err := w.history(seed)
				require.NoError(t, err)
				checks := map[string]check{senkeiChecker: k.bySenkei(ops, time.Minute, 1<<30)}
				if w.Kind != wholeList { // whose appends between two reads Porcupine tries in every order, for more than a minute
					checks[porcupineChecker] = k.byPorcupine(ops, time.Minute)
				}
				for name, check := range checks {
					said, _ := check()
					require.Equal(t, w.truth(), said, "%s, seed %d", name, seed)
				}
			}
		})
	}
}

func TestEveryRowHasAHistoryWithItsViolation(t *testing.T) {
	for _, w := range rows() {
		if w.Operations <= 10_000 {
			ops, err := w.history(historySeed)
			require.NoError(t, err)
			require.Len(t, ops, w.Operations)
		}
	}
	_, err := row{"set", 1, 5, 0, true}.history(historySeed)
	require.EqualError(t, err, "set; 1 clients; 5 operations; 0 % unknown; invalid: there is no place for a violation; use more operations")
}

func TestAHistoryIsTheSameFromTheSameSeed(t *testing.T) {
	for _, w := range small() {
		first, err := w.history(1)
		require.NoError(t, err)
		again, err := w.history(1)
		require.NoError(t, err)
		require.Equal(t, first, again, w)
		other, err := w.history(2)
		require.NoError(t, err)
		require.NotEqual(t, first, other, w)
	}
}

// What a violation changes is the answer of one operation, or of two that exchange theirs.
func TestAViolationIsPlantedAtNinetyPercent(t *testing.T) {
	for _, k := range kinds {
		right, err := row{k.name, 8, 2000, 1, false}.history(1)
		require.NoError(t, err)
		wrong, err := row{k.name, 8, 2000, 1, true}.history(1)
		require.NoError(t, err)
		var changed []int
		for i := range right {
			if right[i] != wrong[i] {
				changed = append(changed, i)
				right[i].Out = wrong[i].Out
			}
		}
		require.Equal(t, right, wrong, k.name)
		require.NotEmpty(t, changed, k.name)
		require.LessOrEqual(t, len(changed), 2, k.name)
		require.InDelta(t, 1800, changed[0], 100, k.name)
	}
}

func TestClientsOverlapAndLoseOneAnswerInAHundred(t *testing.T) {
	for _, k := range kinds {
		const n = 10_000
		ops, err := row{k.name, 8, n, 1, false}.history(1)
		require.NoError(t, err)
		lost, last, open := 0, map[history.Process]history.Op{}, map[int]int{}
		for i, op := range ops {
			require.Equal(t, i, op.ID)
			if before, ok := last[op.Process]; ok {
				require.Equal(t, history.OK, before.Outcome, "a process went on after it had lost an answer")
				require.Less(t, before.Complete, op.Invoke)
			}
			last[op.Process] = op
			open[op.Invoke]++
			switch op.Outcome {
			case history.OK:
				open[op.Complete]--
				require.Less(t, op.Invoke, op.Complete)
			case history.Unknown:
				lost++
				require.Equal(t, history.Never, op.Complete)
				require.Zero(t, op.Out)
			}
		}
		require.InDelta(t, n/100, lost, 40, k.name)
		require.Len(t, open, 2*n-lost, "two events share a position")
		most, now := 0, 0
		for _, position := range slices.Sorted(maps.Keys(open)) {
			now += open[position]
			most = max(most, now)
		}
		require.GreaterOrEqual(t, most, 8)
	}
}

// A lost request takes effect or not: else unknown outcomes would say nothing.
func TestOfTheLostWritesSomeAreReadAndSomeAreNot(t *testing.T) {
	ops, err := row{uniqueRegister, 8, 20_000, 1, false}.history(1)
	require.NoError(t, err)
	seen := map[history.Value]bool{}
	for _, op := range ops {
		seen[op.Out.Value] = true
	}
	read, unread := 0, 0
	for _, op := range ops {
		if op.Outcome == history.Unknown && op.In.F == history.Write {
			if seen[op.In.Value] {
				read++
			} else {
				unread++
			}
		}
	}
	require.Greater(t, read, 10)
	require.Greater(t, unread, 10)
}

// Of sets and transactions answers cannot be exchanged: they fit their requests.
func TestTheModelsOfBothCheckersAgreeOnExchangedAnswers(t *testing.T) {
	for _, name := range []string{uniqueRegister, repeatingRegister, "FIFO queue", "unordered queue"} {
		k, err := kindOf(name)
		require.NoError(t, err)
		wrong := 0
		for seed := range uint64(300) {
			const n = 12
			ops, err := row{name, 3, n, 0, false}.history(seed)
			require.NoError(t, err)
			if a, b := &ops[seed%n], &ops[seed*7%(n-1)]; a.In.F == b.In.F {
				a.Out, b.Out = b.Out, a.Out
			}
			if lost := &ops[seed*5%n]; seed%2 == 0 {
				lost.Outcome, lost.Out, lost.Complete = history.Unknown, history.Output{}, history.Never
			}
			ours := k.senkei.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{}).Status
			theirs := porcupine.CheckOperations(k.model(), k.operations(ops))
			require.Equal(t, theirs, ours == checker.Valid, "%s, seed %d: %v", name, seed, ops)
			if !theirs {
				wrong++
			}
		}
		require.Greater(t, wrong, 20, name)
	}
}
