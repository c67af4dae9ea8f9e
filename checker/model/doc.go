// Package model is the contract of sequential specifications: what a checker has to know of an
// object, and what it may know. It searches nothing.
//
//   - model.go: the six interfaces, of which only Model has to be implemented
//   - hints.go: how to ask a model for what is optional
//   - example_test.go: a whole model of one's own, and a history judged by it
//
// Start at Model, and at the example.
package model
