package history

import (
	"fmt"
	"slices"
	"strings"
)

// notes count what was read past, and what a reader should be warned of.
type notes struct {
	faults   int      // events of the nemesis that say nothing certain
	kinds    []string // their functions
	latest   int64    // time
	backward int      // events of clients whose time is before that of an earlier one
	others   []string
}

// passOver notes an event of the nemesis of which nothing is known for certain.
func (n *notes) passOver(f string) {
	n.faults++
	if !slices.Contains(n.kinds, f) {
		n.kinds = append(n.kinds, f)
	}
}

// timed notes the time of a client's event.
func (n *notes) timed(at int64) {
	if at > 0 && at < n.latest {
		n.backward++
	}
	n.latest = max(n.latest, at)
}

// sentences returns the notes, each a sentence.
func (n *notes) sentences() []string {
	const most = 6
	all := slices.Clone(n.others)
	if n.faults > 0 {
		kinds := n.kinds
		if len(kinds) > most {
			kinds = append(slices.Clone(kinds[:most]), fmt.Sprintf("… %d more", len(n.kinds)-most))
		}
		all = append(all, fmt.Sprintf("Nemesis operations that were not understood: %d (%s). Faults may have been in force that are not shown.", n.faults, printable(strings.Join(kinds, ", "))))
	}
	if n.backward > 0 {
		all = append(all, fmt.Sprintf("The times of %d events contradict the order in which the events stand, which is what is judged. If clients were logged apart, and their clocks can be trusted, pass --order time.", n.backward))
	}
	return all
}

// Note adds a sentence to History.Notes.
func (a *Assembler) Note(format string, args ...any) {
	a.notes.others = append(a.notes.others, fmt.Sprintf(format, args...))
}
