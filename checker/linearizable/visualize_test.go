package linearizable_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable/porcupine"
	"senkei/checker/models"
	"senkei/history"
)

func draw(t *testing.T, ops []history.Op, faults ...history.Span) string {
	var page bytes.Buffer
	h := history.History{Ops: ops, Faults: faults}
	require.NoError(t, porcupine.Visualize(t.Context(), models.Register{}, checker.Limits{}, h, &page))
	return page.String()
}

func TestThePictureShowsOperationsAndFaults(t *testing.T) {
	ops := []history.Op{
		{ID: 0, Process: 7, In: history.Input{F: history.Write, Key: "x", Value: `"</script>"`}, Outcome: history.OK, Invoke: 0, Complete: 2},
		{ID: 1, Process: 9, In: history.Input{F: history.Read, Key: "x"}, Outcome: history.OK, Invoke: 3, Complete: 4},
	}
	page := draw(t, ops, history.Span{Kind: "kill", Text: "kill n2", From: 1, To: history.Never}, history.Span{Kind: "pause", From: 9, To: 10})
	require.Contains(t, page, "read of x = nothing")
	require.Contains(t, page, "kill n2")
	require.NotContains(t, page, "pause", "the fault came after all operations")
	require.NotContains(t, page, `"</script>"`)
	require.NotContains(t, page, "cut: ")
}

func TestThePictureOfALongHistoryIsCutAndSaysSo(t *testing.T) {
	page := draw(t, busy(rand.New(rand.NewPCG(1, 3)), 3, 2500))
	require.Regexp(t, `cut: the first 2000 of 2\d\d\d operations`, page)
	require.Less(t, len(page), 2<<20)
}

func TestThePictureOfALongViolationStaysSmall(t *testing.T) {
	ops := busy(rand.New(rand.NewPCG(1, 2)), 10, 1500)
	stale(ops)
	require.Less(t, len(draw(t, ops)), 12<<20)
}

func TestAnEmptyHistoryCanBeDrawn(t *testing.T) {
	require.Contains(t, draw(t, nil), "<html")
}
