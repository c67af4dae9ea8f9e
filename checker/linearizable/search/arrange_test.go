package search

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/checkertest"
	"senkei/checker/linearizable/engine"
	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/history"
)

func TestAnOrderHasWhatTookEffectUnseenAndWhatObserved(t *testing.T) {
	for _, c := range []struct {
		says, drawing string
		order         []int
	}{
		{"what observes stands where a state first allowed it", `
read = 1   |-----|
write 1     |-------|
write 2                |-|
`, []int{1, 0, 2}},
		{"what was overwritten unseen stands before what overwrote it", `
write 1    |----|
write 2     |----|
read = 2            |-|
write 3     |----?
`, []int{0, 1, 2}},
		{"what need not have happened stands in it only if it was of use", `
write 1    |-?
read = 1      |--|
write 2     |-?
`, []int{0, 1}},
	} {
		line := NewTimeline(checkertest.Draw(c.drawing), model.KindOf[history.Value](models.Register{}))
		d := NewDepth[history.Value](models.Register{}, line)
		require.Equal(t, engine.Legal, d.Turn(t.Context(), engine.MaxSteps, engine.Beyond), c.says)
		require.Equal(t, c.order, line.Ids(arrange(models.Register{}, line, d.way(), len(line.Events))), c.says)
	}
}
