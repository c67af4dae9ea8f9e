package checker

import "senkei/history"

// Cell is a Model of one place that holds one value, which is its whole state. What is
// known of its operations lets some histories be decided without a search: see zones.
type Cell[S comparable] interface {
	Model[S]
	// Access says what op does to the cell if it takes effect. It agrees with Step.
	Access(op *history.Op) Access[S]
}

// Access is what one operation does to a cell.
type Access[S comparable] struct {
	Deed   Deed
	Found  S // by Finds and Swaps: what the cell must have held
	Stored S // by Stores and Swaps: what it held afterwards
}

// Deed is the kind of an access.
type Deed uint8

const (
	// Nothing tells nothing about the cell and leaves it alone: a read whose result
	// nobody heard.
	Nothing Deed = iota
	// Finds tells what the cell held, and leaves it alone.
	Finds
	// Stores puts a value there, whatever it held.
	Stores
	// Swaps finds one value and stores another in the same moment. If its outcome is
	// unknown, it does so or does nothing.
	Swaps
	// Contradicts is a result that no cell can give.
	Contradicts
	// Transforms stores something that depends on what the cell held in another way. Where
	// there is one, only a search decides.
	Transforms
)

// knows reports whether there is a cell, and none of ops does to it what an Access cannot
// tell.
func knows[S comparable](c Cell[S], ops []history.Op) bool {
	for i := range ops {
		if c == nil || c.Access(&ops[i]).Deed == Transforms {
			return false
		}
	}
	return c != nil
}
