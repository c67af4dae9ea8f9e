package consistency_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/consistency"
	"senkei/history"
)

// What a history does not say is unknown, and what it says in spite of that is told.
func TestDoubtIsUnknownAndABreakBesideItIsFound(t *testing.T) {
	for _, c := range []struct{ name, history, want, says string }{
		{"a value written twice and read", `
			1 w x 1
			2 w x 1
			3 r x 1
			3 r x -
			1 w y 1
			3 r y 1
			3 r y -`, "iiiiuuuu", "1 was written more than once to x"},
		{"a value written twice that nobody read", `
			1 w x 1
			2 w x 1
			3 w x 2
			1 r x -
			1 r x 2
			3 r x 2`, "iiivvivv", "process 1 wrote 1 to x and then read nothing from x, which is older"},
		{"a read of what failed", `
			1 w x 1
			! 1 w x 2
			3 r x 2
			2 r x 1`, "iiiuuuui", "process 3 read 2 from x, which nobody else wrote"},
		{"a write of unknown outcome that was read has happened", `
			? 1 w x 1
			2 r x 1
			2 r x -
			2 r x 1
			3 r x 1`, "iiiivvvv", "process 2 read 1 from x and then read nothing from x"},
		{"a write of unknown outcome that nobody read has not", `
			2 w x 1
			? 1 w x 2
			2 r x 1
			3 r x -
			3 r x 1`, "ivvvvvvv", ""},
		{"replicas that differ while a write is still open", `
			? 1 w x 1
			2 r x 1
			3 r x -`, "ivvvvvvu", "a write of unknown outcome may have taken effect between them"},
		{"a refusal of what was expected", `
			1 w x 1
			2 no x 1 2 1
			1 r x 1`, "iiivvvvv", "was refused although it found 1, as it expected"},
		{"two compare-and-sets that replaced the same", `
			1 cas x - 1
			2 cas x - 2
			1 r x 2
			2 r x 2`, "iivvvvvv", "only one of them can have found it"},
		{"reads of the future", `
			1 r x 1
			1 w y 1
			2 r y 1
			2 w x 1
			1 r x 1
			2 r x 1
			1 r y 1
			2 r y 1`, "iiiuuuiv", "each of these writes would have to precede itself"},
	} {
		l := judge(parse(t, c.history))
		require.Equal(t, c.want, statuses(l), "%s: %+v", c.name, l.Verdicts)
		var reasons string
		for _, r := range l.Verdicts {
			reasons += "\n" + r.Reason
		}
		require.Contains(t, reasons+" "+lower(reasons), c.says, c.name)
	}
}

// lower puts the first letter of each line in lower case.
func lower(lines string) string {
	text := []byte(lines)
	for i := range text {
		if i > 0 && text[i-1] == '\n' && text[i] >= 'A' && text[i] <= 'Z' {
			text[i] += 'a' - 'A'
		}
	}
	return string(text)
}

func TestOtherObjectsAreNotJudged(t *testing.T) {
	for _, op := range []history.Op{
		{In: history.Input{F: history.Dequeue}, Outcome: history.OK},
		{In: history.Input{F: history.Read}, Out: history.Output{Value: "[1]"}, Outcome: history.OK},
	} {
		h := history.History{Ops: []history.Op{op}}
		require.False(t, consistency.Applies(h))
		require.Equal(t, "uuuuuuuu", statuses(consistency.Judge(context.Background(), h, checker.Verdict{}, checker.Limits{})))
	}
}

func TestWhatExceedsTheLimitsIsUnknown(t *testing.T) {
	h := parse(t, hands[3].history+"\n3 w z 1\n4 w z 2\n3 r z 2\n4 r z 2")
	v := checker.Verdict{Status: checker.Invalid, Reason: "It is not linearizable."}
	ended, cancel := context.WithCancel(context.Background())
	l := consistency.Judge(ended, h, v, checker.Limits{MemoryBytes: 1})
	require.Equal(t, "iuuuuuuv", statuses(l), "%+v", l.Verdicts)
	require.Contains(t, l.Verdicts[2].Reason, "needs 1 MB, more than the memory given")
	require.Contains(t, l.Verdicts[1].Reason, "its bounds were reached")
	swapped := consistency.Judge(ended, parse(t, "1 cas x 2 1\n2 cas x 1 2"), v, checker.Limits{MemoryBytes: 1})
	require.Equal(t, "iuuuuuuu", statuses(swapped), "%+v", swapped.Verdicts)
	cancel()
	for range 12 { // long enough for the clocks to look at the context
		h.Ops = append(h.Ops, h.Ops...)
	}
	l = consistency.Judge(ended, h, v, checker.Limits{})
	require.NotEqual(t, checker.Valid, l.Verdicts[1].Status)
	require.Contains(t, l.Verdicts[2].Reason, "in the time given")
}
