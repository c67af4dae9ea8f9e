// Package bugs is the catalogue of bugs that real replicated stores have had, each a
// small patch of the node's sources. It builds the node, or what holds its code, with one of
// them through the Go tool's overlay, so that the tree itself never changes. Start at All and
// Build.
//
//	bugs.go     Bug: the catalogue, read from *.patch
//	overlay.go  a patch applied beside the tree, for go build -overlay
//	build.go    the source tree, and a build of it with a bug
//	*.patch     one bug each: what is wrong, where it was seen, what must find it, and the diff
package bugs
