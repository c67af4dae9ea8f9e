package checker

import "senkei/history"

// Hindsight is a Cell that can say more of what operations did once all are known.
type Hindsight[S comparable] interface {
	Cell[S]
	// InHindsight returns a cell with which ops are linearizable if and only if they are with
	// this one, and whose Access tells more. It says nothing of other operations, nor of a
	// part of these. ok is false if there is none.
	InHindsight(ops []history.Op) (c Cell[S], ok bool)
}

// inHindsight returns the cell, or one that knows more of ops; then inferred is true.
func inHindsight[S comparable](c Cell[S], ops []history.Op) (_ Cell[S], inferred bool) {
	h, ok := c.(Hindsight[S])
	if !ok || knows(c, ops) {
		return c, false
	}
	if wiser, ok := h.InHindsight(ops); ok {
		return wiser, true
	}
	return c, false
}
