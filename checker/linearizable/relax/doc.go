// Package relax refutes histories of cells by relaxations, which are linearizable if the history
// is and much faster to search: one value instead of all, and a window instead of the whole.
//
//   - window.go: a part of the history, and why it may be searched alone; windows.go: which ones
package relax
