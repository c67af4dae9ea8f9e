// Package marks names the points in the node's logic that a test campaign must have passed
// to have proved anything: branches that only crashes, loss, delays or overlapping events
// lead to. Nodes count the marks that they hit in Counts, where they are given some; a mark
// that a whole campaign never hit is a hole in the campaign, or dead code. A mark changes
// nothing that a node does. Start at Mark.
//
//	marks.go    every Mark, and what can go wrong there
//	names.go    their names
//	counts.go   Counts: how often each was hit
//	markstest/  a test that a scenario hits its mark
package marks
