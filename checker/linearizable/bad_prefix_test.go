package linearizable

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/checkertest"
	"senkei/checker/linearizable/minimize"
	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/history"
)

// judging judges by a model, within the usual limits.
func judging[S comparable](m model.Model[S]) linearizable[S] {
	l := Of(m).(linearizable[S])
	l.limits.MemoryBytes = checker.DefaultMemoryBytes
	return l
}

func idsOf(ops []history.Op) []int {
	ids := make([]int, len(ops))
	for i, op := range ops {
		ids[i] = op.ID
	}
	return ids
}

func TestTheShortestBadPrefixEndsWithTheFirstResultThatNoOrderAllows(t *testing.T) {
	for _, c := range []struct {
		says, drawing string
		prefix        []int
		culprit       int
	}{
		{"of two stale reads the first one", `
write 1    |-|
write 2       |-|
read = 1         |-|
read = 1            |-|
`, []int{0, 1, 2}, 2},
		{"a read is wrong once a newer value was read before it", `
write 1    |-|
write 2     |-------------|
read = 2       |-|
read = 1          |-|
read = 2               |-|
`, []int{0, 1, 2, 3}, 3},
		{"what is open where it ends belongs to it", `
write 1    |-|
read = 3     |---|
write 3           |-|
read = 3       |------|
write 2       |----|
`, []int{0, 1, 4, 3}, 1},
	} {
		ops := checkertest.Draw(c.drawing)
		ends := minimize.Completions(ops)
		bad, culprit := judging(models.Register{}).shortestBadPrefix(t.Context(), ops, ends, minimize.Always, minimize.Always)
		require.Equal(t, c.prefix, idsOf(bad), c.says)
		require.Equal(t, c.culprit, culprit.ID, c.says)
		require.Equal(t, culprit.Complete, lastEnd(bad), "%s: what was open is of unknown outcome", c.says)
	}
}

func lastEnd(ops []history.Op) int {
	last := -1
	for _, op := range ops {
		if op.Outcome == history.OK {
			last = max(last, op.Complete)
		}
	}
	return last
}

func TestASmallCoreIsTheCulpritWhatItContradictsAndWhatTheseNeed(t *testing.T) {
	for _, c := range []struct {
		says, drawing string
		core          []int
	}{
		{"a stale read, the write of its value, and a later one", `
write 0    |-|
write 1       |-|
read = 1         |-|
write 2             |-|
read = 2               |-|
read = 1                  |-|
`, []int{1, 3, 5}},
		{"two reads that contradict each other, and the writes of their values", `
write 0    |-|
read = 0      |-|
write 1         |-------------|
read = 1           |-|
read = 0              |-|
`, []int{0, 2, 3, 4}},
		{"of two writes of a value the one that may have been seen", `
write 1    |-|
write 2       |-|
write 1          |-|
write 2             |-|
read = 1               |-|
`, []int{2, 3, 4}},
		{"a read of what nobody wrote, alone", `
write 1    |-|
read = 3      |-|
`, []int{1}},
	} {
		ops := checkertest.Draw(c.drawing)
		require.Equal(t, c.core, idsOf(judging(models.Register{}).minimizer(t.Context()).Core(ops, len(ops)-1)), c.says)
	}
}
