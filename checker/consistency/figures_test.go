package consistency_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// figure2 holds the histories of figure 2 of Bouajjani, Enea, Guerraoui and Hamza, "On verifying
// causal consistency", POPL 2017, which tell three variants of causal consistency apart. This
// package judges by CC, which each of the others implies.
var figure2 = map[string]string{
	"a": `
		1 w x 1
		2 w x 2
		1 r x 2
		2 r x 1`,
	"b": `
		1 w z 1
		1 w x 1
		1 w y 1
		2 w x 2
		2 r z -
		2 r y 1
		2 r x 2`,
	"c": `
		1 w x 1
		2 w x 2
		2 r x 1
		2 r x 2`,
	"d": `
		1 w x 1
		1 r y -
		1 w y 1
		1 r x 1
		2 w x 2
		2 r y -
		2 w y 2
		2 r x 2`,
	"e": `
		1 w x 1
		1 w y 1
		2 r y 1
		2 w x 2
		3 r x 2
		3 r x 1`,
}

func TestTheHistoriesOfBouajjaniAreJudgedAsTheirPaperSays(t *testing.T) {
	for _, c := range []struct{ figure, paper, want string }{
		{"a", "CM but not CCv", "iivvvvvi"},
		{"b", "CCv but not CM", "iivvvvvu"},
		{"c", "CC but neither CM nor CCv", "iivvvvvu"},
		{"d", "CC, CM and CCv, but not sequential", "iivvvvvu"},
		{"e", "not CC", "iiiivvvu"},
	} {
		l := judge(parse(t, figure2[c.figure]))
		require.Equal(t, c.want, statuses(l), "figure 2(%s), %s: %+v", c.figure, c.paper, l.Verdicts)
	}
}

func TestEachBadPatternBreaksTheCausalModel(t *testing.T) {
	// Table 2 of the same paper.
	for _, c := range []struct{ pattern, history, says string }{
		{"ThinAirRead", "1 r x 7", "Process 1 read 7 from x, which nobody else wrote."},
		{"CyclicCO", "1 r x 1\n1 w y 1\n2 r y 1\n2 w x 1", "precede itself"},
		{"WriteCOInitRead", "1 w x 1\n1 w y 1\n2 r y 1\n2 r x -", "Process 2 read nothing from x although what it knew then included that process 1 wrote 1 to x, which is newer."},
		{"WriteCORead", figure2["e"], "Process 3 read 1 from x although what it knew then included that process 2 wrote 2 to x, which is newer."},
	} {
		causal := judge(parse(t, c.history)).Verdicts[2]
		require.Contains(t, causal.Reason, c.says, c.pattern)
		require.NotEmpty(t, causal.Ops, c.pattern)
	}
}

func TestEverySetOfSessionGuaranteesCanBeBrokenAlone(t *testing.T) {
	breaks := []struct {
		history string
		verdict int
	}{{calendar, 3}, {library, 4}, {password, 5}, {board, 6}}
	for set := range 1 << len(breaks) {
		history, want := "", []byte("vvvvvvvv")
		for i, b := range breaks {
			if set&(1<<i) != 0 {
				history += b.history
				want[0], want[1], want[2], want[b.verdict] = 'i', 'i', 'i', 'i'
			}
		}
		if history == "" {
			continue
		}
		l := judge(parse(t, history))
		require.Equal(t, string(want), statuses(l), "%s\n%+v", history, l.Verdicts)
	}
}

// What looks like a break of a guarantee and is none, or is one of another guarantee.
func TestEachSessionGuaranteeIsToldFromWhatLooksLikeIt(t *testing.T) {
	for _, c := range []struct{ name, history, want string }{
		{"monotonic writes: three keys, the first of them is missing", `
			1 w a 1
			1 w b 1
			1 w c 1
			2 r c 1
			2 r b 1
			2 r a -`, "iiivivv"},
		{"monotonic writes: the older version of what was overwritten before", `
			1 w a 1
			1 w a 2
			1 w b 1
			2 r b 1
			2 r a 1`, "iiivivv"},
		{"monotonic writes: a compare-and-set is a write", `
			1 cas a - 1
			1 cas b - 1
			2 r b 1
			2 r a -`, "iiivivv"},
		{"monotonic writes: told by a refused compare-and-set", `
			1 w a 1
			1 w b 1
			2 no b 5 6 1
			2 no a 5 6 -`, "iiivivv"},
		{"monotonic writes: the second was seen long before", `
			1 w a 1
			1 w b 1
			2 r b 1
			3 w b 2
			2 r b 2
			2 r c -
			2 r a -`, "iiivivv"},
		{"monotonic writes: read before the second was seen", `
			1 w a 1
			1 w b 1
			2 r a -
			2 r b 1
			2 r a 1`, "ivvvvvv"},
		{"monotonic writes: what was written after what was seen may be missing", `
			1 w b 1
			1 w a 1
			2 r b 1
			2 r a -`, "ivvvvvv"},
		{"monotonic writes: a concurrent version is not older", `
			3 w a 9
			1 w a 1
			1 w b 1
			2 r b 1
			2 r a 9`, "ivvvvvv"},
		{"monotonic reads: the same key goes back", `
			1 w a 1
			1 w a 2
			2 r a 2
			2 r a 1`, "iiiivvv"},
		{"monotonic reads: another process reads what is older", `
			1 w a 1
			1 w a 2
			2 r a 2
			3 r a 1`, "ivvvvvv"},
		{"monotonic reads: a concurrent version is not older", `
			1 w a 1
			2 w a 2
			3 r a 1
			3 r a 2
			3 r a 1`, "iivvvvv"},
		{"read your writes: another version that is not older", `
			1 w a 1
			2 w a 2
			1 r a 2`, "vvvvvvv"},
		{"read your writes: another process's read of what is older", `
			1 w a 1
			1 w a 2
			2 r a 1`, "ivvvvvv"},
		{"read your writes: on another key than the write", `
			1 w a 1
			1 r b -
			1 r a 1`, "vvvvvvv"},
		{"writes follow reads: the older version of what was read", `
			1 w a 1
			1 w a 2
			2 r a 2
			2 w b 1
			3 r b 1
			3 r a 1`, "iiivvvi"},
		{"writes follow reads: what was read after the write may be missing", `
			1 w a 1
			2 w b 1
			2 r a 1
			3 r b 1
			3 r a -`, "ivvvvvv"},
		{"writes follow reads: seen before the write was", `
			1 w a 1
			2 r a 1
			2 w b 1
			3 r a -
			3 r b 1`, "ivvvvvv"},
	} {
		l := judge(parse(t, c.history))
		require.Equal(t, c.want, statuses(l)[:7], "%s: %+v", c.name, l.Verdicts)
	}
}

// Models are silent on whether writes ever arrive (a liveness property), so that no other verdict
// implies that replicas agree in the end.
func TestReplicasThatDoNotAgreeCanBeSequential(t *testing.T) {
	l := judge(parse(t, `
		1 w x 1
		1 r x 1
		2 r x -`))
	require.Equal(t, "ivvvvvvi", statuses(l), "%+v", l.Verdicts)
	require.Equal(t, "After all writes of x had ended, process 1's last read found 1 and process 2's last read found nothing.", l.Verdicts[7].Reason)
}
