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
func (a *Assembler) name(e Event) string {
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
