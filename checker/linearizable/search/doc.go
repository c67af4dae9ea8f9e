// Package search looks for a legal order of operations, one state after the other. It knows
// nothing of cells, of parts or of what is decided without a search.
//
//   - timeline.go: the operations as a search walks along them; effect.go: what each may change
//   - config.go: what a search knows at an event; configs.go: a set of these; states.go: states
//   - walker.go: how an operation takes effect; lookahead.go: which dead ends need no look
//   - depth.go: depth first; frontier.go: breadth first; window.go: breadth first, in a part
//   - arrange.go: the order that was found
package search
