package checker

import "senkei/history"

// Effect is what is known of what an operation does, whatever the state.
type Effect uint8

const (
	// Updates means that nothing is known.
	Updates Effect = iota
	// Observes means that the operation leaves every state in which it is legal as it is.
	Observes
	// Overwrites means that the operation is legal in every state, and that what it leaves
	// behind does not depend on the state before.
	Overwrites
)

// Effector is a Model that knows the effects of its operations, which spares searches a
// great many orders.
type Effector interface {
	// Effect says what op does, its outcome included. Updates is always right.
	Effect(op *history.Op) Effect
}

// Sizer is a Model whose states hold memory of their own.
type Sizer[S comparable] interface {
	// StateBytes returns how many bytes s holds, besides its Go value, that neither the
	// history nor the state before it holds, about.
	StateBytes(s S) int
}

// effects returns how to tell the effect of an operation of m.
func effects[S comparable](m Model[S]) func(op *history.Op) Effect {
	if e, ok := m.(Effector); ok {
		return e.Effect
	}
	c, ok := m.(Cell[S])
	if !ok {
		return func(*history.Op) Effect { return Updates }
	}
	return func(op *history.Op) Effect {
		switch c.Access(op).Deed {
		case Nothing, Finds, Contradicts:
			return Observes
		case Stores:
			return Overwrites
		default:
			return Updates
		}
	}
}
