package checker

import "errors"

// Limits bound one check. What exceeds them is Unknown and names the key. Time is
// bounded by the context.
type Limits struct {
	// MemoryBytes is the most that all searches of one key together may hold; 0 means
	// DefaultMemoryBytes.
	MemoryBytes int64
	// Algorithm is the only one to use, as a cross-check; AllAlgorithms lets them compete.
	Algorithm Algorithm
	// Orders asks for an Order as evidence of a Valid verdict on one key, which takes memory
	// for each operation.
	Orders bool
	// Spread carries out all of some tasks, on as many cores as it likes, and returns when
	// they are done. They do not touch each other. nil is one after the other.
	Spread func(tasks []func())
}

// Algorithm is one way to decide.
type Algorithm string

const (
	// AllAlgorithms means that what is quickest for a history answers.
	AllAlgorithms Algorithm = ""
	// Direct decides without a search, in O(n log n), where the model knows how: see Cell
	// and Decider.
	Direct Algorithm = "direct"
	// DepthFirst searches depth first.
	DepthFirst Algorithm = "depth-first"
	// Frontier searches breadth first.
	Frontier Algorithm = "frontier"
	// Windows looks for a part of the history of a Cell that is impossible whatever came
	// before. It finds violations only.
	Windows Algorithm = "windows"
	// Porcupine searches with Porcupine.
	Porcupine Algorithm = "porcupine"
)

// Algorithms returns all algorithms.
func Algorithms() []Algorithm {
	return []Algorithm{Direct, DepthFirst, Frontier, Windows, Porcupine}
}

// DefaultMemoryBytes is 1 GiB.
const DefaultMemoryBytes = 1 << 30

// ErrMemory is the cause of a context that ended because memory was used up.
var ErrMemory = errors.New("the memory given is used up")
