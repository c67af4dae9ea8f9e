package checker

import "senkei/history"

// Decider is a Model with a polynomial decision for histories of a certain kind, most often
// those in which no value occurs twice. In general the question is NP-complete (Gibbons and
// Korach, "Testing shared memories", SIAM Journal on Computing 26, 1997).
type Decider interface {
	// Decide judges ops, which come by Invoke and are left as they are; those that failed
	// count for nothing. applies is false, and d of no meaning, where the decision does
	// not apply: then a search has to answer.
	Decide(ops []history.Op) (d Decision, applies bool)
}

// Decision is the answer of a Decider.
type Decision struct {
	Legal bool
	// Proof holds the positions in ops, rising, of a few operations which alone show that
	// ops are not linearizable; nil where Legal, and where it takes all of them, because
	// the argument counts. Decide says of each model what becomes of the other operations.
	Proof []int
	// Why says in words what is wrong; empty where Legal.
	Why string
}
