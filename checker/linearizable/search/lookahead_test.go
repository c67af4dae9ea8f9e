package search

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/checkertest"
	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/history"
)

// deadEnds returns the operations that lead to a dead end where the first one ends, once
// operation 0 has taken effect.
func deadEnds[S comparable](m model.Model[S], ops []history.Op) []int {
	w := newWalker(m, NewTimeline(ops, model.KindOf(m)))
	c := w.first()
	for !w.Events[w.at].Ends {
		w.pass()
		w.begin(c, w.Events[w.at-1].Op)
	}
	next, _ := w.step(c.state(), 0)
	w.apply(c, option{0, next})
	var list []int
	for _, op := range w.occupant {
		if op > 0 && w.isDeadEnd(c, op) {
			list = append(list, int(op))
		}
	}
	return list
}

func TestAnOperationLeadsToADeadEndIfItEndsWhatIsStillNeeded(t *testing.T) {
	for _, c := range []struct {
		says, drawing string
		deadEnds      []int // of 1 and those after it, once 0 has taken effect
	}{
		{"an open transaction has yet to find what it would overwrite", `
txn w x 1             |-----|
txn w x 2              |-----|
txn r x = 1, w y 1      |-----|
`, []int{1}},
		{"a later one will find it", `
txn w x 1             |-----|
txn w x 2              |-----|
txn r x = 1                    |-|
`, []int{1}},
		{"nothing finds it", `
txn w x 1             |-----|
txn w x 2              |-----|
txn r x = 2                    |-|
`, nil},
		{"it may come about once more", `
txn w x 1             |-----|
txn w x 2              |-----|
txn w x 1               |-----|
txn r x = 1                    |-|
`, nil},
		{"who finds it may overwrite it", `
txn w x 1             |-----|
txn r x = 1, w x 2     |-----|
`, nil},
	} {
		require.Equal(t, c.deadEnds, deadEnds(models.Store{}, checkertest.Draw(c.drawing)), c.says)
	}
}
