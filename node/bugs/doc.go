// Package bugs is the catalogue of bugs that real replicated stores have had, each a
// small patch of the node's sources. It builds the node, or what holds its code, with one of
// them through the Go tool's overlay, so that the tree itself never changes. Start at All and
// Build.
package bugs
