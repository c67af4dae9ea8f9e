// Package zones decides without a search whether operations on a cell are linearizable, where
// no value that matters was stored twice. It knows nothing of other engines.
//
//   - zones.go: the decision, and its proof; ids.go: numbers for values
//   - core.go: a small part that shows the violation
//   - order.go: the order that shows that there is none
package zones
