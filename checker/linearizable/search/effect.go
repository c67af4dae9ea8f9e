package search

import "senkei/checker/model"

// effect is what a search has to know of the kind of an operation.
type effect uint8

const (
	updates    effect = iota // anything
	observes                 // it leaves every state in which it is legal as it is
	overwrites               // it is legal in every state, and what it leaves does not depend on that
)

func effectOf(k model.Kind) effect {
	switch k {
	case model.Nothing, model.Finds, model.Contradicts:
		return observes
	case model.Stores:
		return overwrites
	default:
		return updates
	}
}
