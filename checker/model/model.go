package model

import "senkei/history"

// Model is a sequential specification: what one client alone would see of an object. S is the
// object's state. States are compared with ==, so equal states should be equal values.
//
// These six methods are all that a model must have, see the example; the other interfaces of
// this file are for what it knows beyond that. Everything here is pure: the same arguments give
// the same answer. Init, Step and Admit must not fail on any input that Admit lets pass.
type Model[S comparable] interface {
	// ID identifies the model in certificates and on the command line, such as "fifo-queue".
	// It is lower case, of letters, digits and hyphens, and stays the same in every version.
	ID() string
	// Name is what a sentence calls it, such as "FIFO queue".
	Name() string
	// Admit returns nil for a request that Step understands, so that a history of another
	// object is refused instead of misjudged. Else the error says what is wrong with it. Step
	// and Why may panic at what is not admitted.
	Admit(in history.Input) error
	// Init is the state before the first operation.
	Init() S
	// Step returns the state after op, and whether op may return what it did in state
	// s. What the client was told constrains it only if op.Outcome is OK; an operation of
	// unknown outcome is never refused. Failed operations do not get here.
	Step(s S, op history.Op) (next S, ok bool)
	// Why says in words why Step refuses op in state s, such as "it returned 3 but the
	// register held 5".
	Why(s S, op history.Op) string
}

// Hinter is a Model that knows what makes a search smaller. Nothing that it says changes what
// is found, only how soon.
type Hinter[S comparable] interface {
	Model[S]
	// Hints returns what it knows.
	Hints() Hints[S]
}

// Hints are what a model knows of its operations beyond Step. Each is optional: nil knows
// nothing. Operations come to them by Invoke, without what Relevant leaves out, those of unknown
// outcome with Complete Never, and are left as they are.
type Hints[S comparable] struct {
	// Kind says what op does, whatever the state; Transforms is always right. It spares searches
	// a great many orders. A Cell needs none: its Access says more.
	Kind func(op *history.Op) Kind
	// StateBytes returns how many bytes s holds, besides its Go value, that neither the history
	// nor the state before it holds, about. Without it states hold no memory of their own.
	StateBytes func(s S) int
	// Prepare returns a model that does the same, and takes steps of ops faster.
	Prepare func(ops []history.Op) Model[S]
	// Lookahead tells dead ends from what some operations need; see Lookahead.
	Lookahead func(ops []history.Op) Lookahead[S]
	// Prune returns ops without some operations of unknown outcome, and with an earlier
	// Complete for others, such that the result is linearizable if and only if ops are.
	Prune func(ops []history.Op) []history.Op
	// Removable marks the operations that may be left out, each alone or any of them together,
	// without inventing a violation: if ops are linearizable, so are the others without them.
	Removable func(ops []history.Op) []bool
	// Closure returns a function that completes a part of ops, given by positions, to one that
	// is linearizable if ops are. It returns nil where that would have more than most operations.
	Closure func(ops []history.Op) func(part []int, most int) []int
}

// Lookahead is about things that come about at most once, such as a value that one operation
// only stores. What needs such a thing must take effect before it is gone, so that a search need
// not try what ends it too early. Things are numbered from 0 on.
type Lookahead[S comparable] struct {
	// Needs lists for each operation, by position, the things that must be there when it takes
	// effect.
	Needs [][]int32
	// Ends returns what is there in a state and gone for ever once the operation at a position
	// has taken effect in it.
	Ends func(s S, op int) []int32
}

// Cell is a Model of one place that holds one value, which is its whole state. What is known of
// its operations lets some histories be decided without a search (package zones), and others be
// refuted by a look at one value or at a few operations (package relax).
type Cell[S comparable] interface {
	Model[S]
	// Access says what op does to the cell if it takes effect. It agrees with Step.
	Access(op *history.Op) Access[S]
	// Infer returns a cell with which ops are linearizable if and only if they are with this
	// one, and whose Access tells more, because it knows all of ops. It says nothing of other
	// operations, nor of a part of these. ok is false if there is none.
	Infer(ops []history.Op) (c Cell[S], ok bool)
}

// Access is what one operation does to a cell.
type Access[S comparable] struct {
	Kind   Kind
	Found  S // by Finds and Swaps: what the cell must have held
	Stored S // by Stores and Swaps: what it held afterwards
}

// Kind is the kind of an access. The zero value is always right.
type Kind uint8

const (
	// Transforms may store something that depends on what the object held in any way. Where
	// a cell has one, only a search decides.
	Transforms Kind = iota
	// Nothing tells nothing about the object and leaves it alone: a read whose result nobody
	// heard.
	Nothing
	// Finds tells what the object held, and leaves every state in which it is legal as it is.
	Finds
	// Stores is legal in every state, and what it leaves behind does not depend on the state.
	Stores
	// Swaps finds one value and stores another in the same moment. If its outcome is
	// unknown, it does so or does nothing.
	Swaps
	// Contradicts is a result that no state can give.
	Contradicts
)

// Composite is a Model of an object that consists of parts, such as the keys of a store or the
// elements of a set.
type Composite[S comparable] interface {
	Model[S]
	// Parts returns the names of the parts that op tells of. Of a legal order of operations a
	// legal one of what they did within some of the parts is left, see history.Op.Within.
	Parts(op history.Op) []string
	// Divide returns what ops did to those parts that are cells of their own, in ascending order
	// of their names; nil if none is. A history that is wrong for one of these is wrong, and a
	// cell is decided much faster than the whole. Divide takes operations one by one, so that
	// it does not matter whether a history is cut off before or after it is divided.
	Divide(ops []history.Op) []Part
}

// Part is what operations did to one cell of an object. It is linearizable if they are.
type Part struct {
	Name string
	Cell Cell[history.Value]
	// Ops are those of the operations, by Invoke, that did something to the cell, as
	// operations of both the object and the cell that do nothing to other cells.
	Ops []history.Op
}

// Decider is a Model with a polynomial decision for histories of a certain kind, most often
// those in which no value occurs twice. In general the question is NP-complete (Gibbons and
// Korach, "Testing shared memories", SIAM Journal on Computing 26, 1997).
type Decider[S comparable] interface {
	Model[S]
	// Decide judges ops, which come by Invoke and are left as they are; those that failed
	// count for nothing. applies is false, and d of no meaning, where the decision does
	// not apply: then a search has to answer.
	Decide(ops []history.Op) (d Decision, applies bool)
	// Order returns the positions in ops of an order that the model allows: all that are
	// known to have happened, and those of unknown outcome that did. Decide must have
	// applied to ops, and have found them legal.
	Order(ops []history.Op) []int
}

// DecideBytesMax is the most bytes for each operation, and each of a transaction, that Decide
// and Order of the models in package models hold, beyond ops and what they return: a test
// measures it.
const DecideBytesMax = 512

// Decision is the answer of a Decider.
type Decision struct {
	Legal bool
	// Proof holds the positions in ops, rising, of operations that are not linearizable as
	// a history of their own, with their outcomes as they are. All others may be left out:
	// Decide says of each model which operations may be left out of a linearizable history
	// at once, so that what stays is linearizable as well. Failed ones always may. Proof is
	// nil where Legal, and where it would have to be all of ops.
	Proof []int
	// Parts names the parts of a Composite within which the proof is one; nil is all.
	Parts []string
	// Why says in words what is wrong; empty where Legal.
	Why string
}

// Explainer is a Model that can say in words why a history is not linearizable.
type Explainer[S comparable] interface {
	Model[S]
	// Explain returns sentences that prove from the operations of core, the most important
	// first, why culprit cannot have returned what it did; none where it does not know the
	// case. Each must be true of ops, which are all operations of the key, failed ones too.
	Explain(ops, core []history.Op, culprit history.Op) []string
}
