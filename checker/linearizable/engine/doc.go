// Package engine is what the engines of linearizability have in common: an answer, turns in
// which several can compete, and budgets. It decides nothing.
package engine
