// Package explain says why operations are not linearizable.
//
//   - follow.go: a legal order that cannot go on, and what it refuses
//   - words.go: sentences for what a model has none for
package explain
