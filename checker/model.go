package checker

import "senkei/history"

// Model is a sequential specification: what one client alone would see.
type Model[S comparable] interface {
	// Name is what a person calls it, such as "register".
	Name() string
	// Init is the state before the first operation.
	Init() S
	// Step returns the state after op, and whether op may return what it did in state
	// s. It is pure. What the client was told constrains it only if op.Outcome is OK;
	// an operation of unknown outcome is never refused. Failed operations do not get
	// here.
	Step(s S, op history.Op) (next S, ok bool)
	// Why says in words why Step refuses op in state s, such as "it returned 3 but the
	// register held 5".
	Why(s S, op history.Op) string
}

// Admitter is a Model that says which requests are its own, so that a history of another
// object is refused instead of misjudged.
type Admitter interface {
	// Admit returns nil for a request that Step understands. Else the error says what is
	// wrong with it. Step and Why may panic at what is not admitted.
	Admit(in history.Input) error
}

// Preparer is a Model that takes steps faster once it has seen the operations.
type Preparer[S comparable] interface {
	// Prepare returns a model that does the same. Steps of ops are fast.
	Prepare(ops []history.Op) Model[S]
}

// Pruner is a Model that knows how to make a search smaller.
type Pruner interface {
	// Prune returns ops without some operations of unknown outcome, and with an earlier
	// Complete for others, such that the result is linearizable if and only if ops are.
	// It leaves ops as they are. Operations of unknown outcome come with Complete Never;
	// Failed operations and reads of unknown outcome do not get here.
	Prune(ops []history.Op) []history.Op
}

// Shrinker is a Model that knows which operations an explanation can do without.
type Shrinker interface {
	// Spare marks the operations that may be left out, each alone or any of them
	// together, without inventing a violation: if ops are linearizable, so are the
	// others without them. Operations come as they do for Pruner.
	Spare(ops []history.Op) []bool
}

// Supporter is a Model that knows which small parts of a history may stand alone.
type Supporter interface {
	// Support returns a function that completes a part of ops, given by positions, to one
	// that is linearizable if ops are. It returns nil where that would have more than most
	// operations. Operations come as they do for Pruner.
	Support(ops []history.Op) func(part []int, most int) []int
}

// Teller is a Model that can tell a violation as a story.
type Teller interface {
	// Tell returns sentences that prove from the operations of e.Ops, the most
	// important first, why e.Culprit cannot have returned what it did; none where it
	// does not know the case. Each must be true of ops, which are all operations of the
	// key, failed ones too.
	Tell(ops []history.Op, e Core) []string
}
