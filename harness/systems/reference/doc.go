// Package reference puts the operations of a history into the words of the reference store
// and its answers back into those of a history. The system "node" uses it over HTTP, the
// simulator directly, so that both mean the same. It is pure. Start at Translate and Output.
package reference
