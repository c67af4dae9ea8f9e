package history

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Clients that have a name, such as "c0", where most histories have numbers. While events
// come in they count from namedFrom on; in the history they follow those with a number.

const namedFrom Process = 1 << 40

// standing is what a client does.
type standing struct {
	stage stage
	op    int // the last operation
	line  int // where it began
}

type stage uint8

const (
	idle    stage = iota
	busy          // its operation is open
	retired       // the outcome of its operation is unknown, and no other may follow
)

// standings are those of all clients. Those with a small number, as nearly all have, stand in
// a table.
type standings struct {
	few  []standing
	many map[Process]standing
}

// fewMax is the length of the table, whatever numbers a file gives its clients.
const fewMax = 1 << 20

func (s *standings) of(p Process) standing {
	if int(p) < len(s.few) {
		return s.few[p]
	}
	return s.many[p]
}

func (s *standings) set(p Process, to standing) {
	switch {
	case int(p) < len(s.few):
		s.few[p] = to
	case int(p) < min(fewMax, 2*len(s.few)+1024):
		s.few = append(s.few, make([]standing, int(p)+1-len(s.few))...)
		s.few[p] = to
	default:
		if s.many == nil {
			s.many = map[Process]standing{}
		}
		s.many[p] = to
	}
}

// client returns the process of a name.
func (a *Assembler) client(name string) Process {
	p, known := a.named[name]
	if !known {
		if a.named == nil {
			a.named = map[string]Process{}
		}
		p = namedFrom + Process(len(a.named))
		a.named[name] = p
	}
	return p
}

// numbered returns a process that has a number, and -1 for one that has a name.
func (a *Assembler) numbered(p Process) Process {
	if p >= namedFrom {
		return -1
	}
	return p
}

// numberOf returns the process in the history.
func (a *Assembler) numberOf(p Process) Process {
	if p < namedFrom {
		return p
	}
	return p - namedFrom + a.highest + 1
}

// name is what an error message calls the process of an event.
func (a *Assembler) name(e *Event) string {
	if e.Client != "" {
		return fmt.Sprintf("%q", e.Client)
	}
	return e.Process.String()
}

// names tells which number each name became.
func (a *Assembler) names() string {
	const most = 10
	var parts []string
	names := slices.SortedFunc(maps.Keys(a.named), func(x, y string) int { return cmp.Compare(a.named[x], a.named[y]) })
	for i, name := range names {
		if i == most {
			parts = append(parts, fmt.Sprintf("… %d more", len(names)-most))
			break
		}
		parts = append(parts, fmt.Sprintf("%s is %d", printable(name), a.numberOf(a.named[name])))
	}
	return "Clients have names instead of numbers: " + strings.Join(parts, ", ") + "."
}
