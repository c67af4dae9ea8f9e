package checker

import (
	"context"

	"senkei/history"
)

// Model is a sequential specification: what one client alone would see.
type Model[S comparable] interface {
	// Name is what a person calls it, such as "register".
	Name() string
	// Init is the state before the first operation.
	Init() S
	// Step returns the state after op, and whether op may return what it did in state
	// s. It is pure. What the client was told constrains it only if op.Outcome is OK.
	Step(s S, op history.Op) (next S, ok bool)
	// Why says in words why Step refuses op in state s.
	Why(s S, op history.Op) string
}

// Checker judges a history. It stops when ctx ends and then answers Unknown.
type Checker interface {
	Check(ctx context.Context, h history.History) Verdict
}

// Limits bound one check. What exceeds them is Unknown and names the key. Time is
// bounded by the context.
type Limits struct {
	// MemoryBytes is the most that one search may hold; 0 means DefaultMemoryBytes.
	MemoryBytes int64
}

// DefaultMemoryBytes is 1 GiB.
const DefaultMemoryBytes = 1 << 30
