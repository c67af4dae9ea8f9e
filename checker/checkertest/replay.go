package checkertest

import (
	"fmt"

	"senkei/checker/model"
	"senkei/history"
)

// Replay says what is wrong with an order of operations, given by their positions; empty if
// nothing is. Each that is known to have happened must stand in it, none twice and none
// after one that began when it had ended, and the model must allow them one after the other.
func Replay[S comparable](m model.Model[S], ops []history.Op, order []int) string {
	s, stands, latest := m.Init(), make([]bool, len(ops)), -1
	for _, i := range order {
		op := ops[i]
		if stands[i] || op.Outcome == history.Failed {
			return fmt.Sprintf("operation %d stands twice, or failed", i)
		}
		stands[i] = true
		if op.Outcome == history.OK && op.Complete < latest {
			return fmt.Sprintf("operation %d stands after one that began when it had ended", i)
		}
		latest = max(latest, op.Invoke)
		next, ok := m.Step(s, op)
		if !ok {
			return fmt.Sprintf("operation %d is refused: %s", i, m.Why(s, op))
		}
		s = next
	}
	for i, op := range ops {
		if op.Outcome == history.OK && !stands[i] {
			return fmt.Sprintf("operation %d is left out", i)
		}
	}
	return ""
}
