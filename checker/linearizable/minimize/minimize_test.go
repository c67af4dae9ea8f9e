package minimize

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/linearizable/engine"
)

func TestTheFirstBadPositionIsFoundBySuggestionsAndElseByHalves(t *testing.T) {
	never := func(int) int { return Always }
	for _, c := range []struct {
		says      string
		suggested int
		suggest   func(at int) int // after a try
		tries     []int
	}{
		{"no suggestion: halves", Always, never, []int{7, 3, 5, 4}},
		{"the right suggestion, made again: three tries", 5, func(int) int { return 5 }, []int{5, 3, 4}},
		{"one that is known to be good is none", Always, func(int) int { return 2 }, []int{7, 2, 4, 5}},
		{"after good ones it leaps on", 0, func(at int) int { return at + 2 }, []int{0, 7, 5, 1, 3, 4}},
		{"suggestions that come nearer one by one are not followed for long", 14, func(at int) int { return at - 1 }, []int{14, 12, 8, 0, 4, 6, 5}},
	} {
		var tries []int
		first := FirstBad(-1, 15, c.suggested, func(at int) (engine.Answer, int) {
			tries = append(tries, at)
			if at >= 5 {
				return engine.Illegal, c.suggest(at)
			}
			return engine.Legal, c.suggest(at)
		})
		require.Equal(t, 5, first, c.says)
		require.Equal(t, c.tries, tries, c.says)
	}
}

func TestWhereABudgetEndsTheFirstBadPositionIsOneThatIsKnownToBeBad(t *testing.T) {
	first := FirstBad(-1, 15, Always, func(at int) (engine.Answer, int) {
		if at < 7 {
			return engine.OutOfTime, Always
		}
		return engine.Illegal, Always
	})
	require.Equal(t, 7, first)
}

func TestTheFewestAreLeftThatAreStillBadWithWhatTheyNeed(t *testing.T) {
	// A part is bad if it has 1 and 4, and 4 needs 3.
	supported := func(part []int) ([]int, engine.Answer) {
		if slices.Contains(part, 4) && !slices.Contains(part, 3) {
			part = append(part, 3)
			slices.Sort(part)
		}
		if slices.Contains(part, 1) && slices.Contains(part, 4) {
			return part, engine.Illegal
		}
		return part, engine.Legal
	}
	require.Equal(t, []int{1, 3, 4}, fewest([]int{0, 1, 2, 3, 4, 5}, 1, supported))
	require.Equal(t, []int{1, 3, 4, 5}, fewest([]int{0, 1, 2, 3, 4, 5}, 5, supported), "5 is to be kept")
}
