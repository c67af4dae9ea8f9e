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

// DecideBytesMax is the most bytes for each operation that Decide and Order of the models in
// package models hold, beyond ops and what they return: a test measures it.
const DecideBytesMax = 512

// Orderer is a Decider that can show the order that it knows to exist.
type Orderer interface {
	Decider
	// Order returns the positions in ops of an order that the model allows: all that are
	// known to have happened, and those of unknown outcome that did. Decide must have
	// applied to ops, and have found them legal.
	Order(ops []history.Op) []int
}

// Decision is the answer of a Decider.
type Decision struct {
	Legal bool
	// Proof holds the positions in ops, rising, of operations that are not linearizable as
	// a history of their own, with their outcomes as they are. All others may be left out:
	// Decide says of each model which operations may be left out of a linearizable history
	// at once, so that what stays is linearizable as well. Failed ones always may. Proof is
	// nil where Legal, and where it would have to be all of ops.
	Proof []int
	// Parts names the parts of a Divisible object within which the proof is one; nil is all.
	Parts []string
	// Why says in words what is wrong; empty where Legal.
	Why string
}
