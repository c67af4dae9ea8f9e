package report

import (
	"cmp"
	"fmt"
	"slices"

	"senkei/history"
)

// rows gives every process a row. A client whose operation ended as unknown goes on
// under a new process number, so many processes share one row.
type rows struct {
	of     map[history.Process]int
	labels []string
}

// maxRows bounds the height of the drawing.
const maxRows = 1000

// newRows uses the run loop's own rule, process modulo clients, where the number of
// clients is known. Elsewhere a process takes the first row that is free when it
// starts.
func newRows(ops []history.Op, clients int, c clock) rows {
	if clients > 0 {
		return rowsByModulo(ops, min(clients, maxRows))
	}
	type life struct {
		process  history.Process
		from, to int64
	}
	var lives []life
	seen := map[history.Process]int{}
	for _, op := range ops {
		from, to := c.op(op)
		i, ok := seen[op.Process]
		if !ok {
			i = len(lives)
			seen[op.Process] = i
			lives = append(lives, life{process: op.Process, from: from})
		}
		lives[i].from, lives[i].to = min(lives[i].from, from), max(lives[i].to, to)
	}
	slices.SortStableFunc(lives, func(a, b life) int { return cmp.Compare(a.from, b.from) })
	l := rows{of: map[history.Process]int{}}
	var free []int64
	for _, v := range lives {
		row := slices.IndexFunc(free, func(until int64) bool { return until <= v.from })
		switch {
		case row >= 0:
			l.labels[row] = fmt.Sprintf("row %d", row+1)
		case len(free) == maxRows:
			row = slotOf(v.process, maxRows)
		default:
			row = len(free)
			free = append(free, 0)
			l.labels = append(l.labels, fmt.Sprintf("process %d", v.process))
		}
		free[row] = max(free[row], v.to)
		l.of[v.process] = row
	}
	return l
}

// rowsByModulo gives each client, named with the node that it speaks to, a row.
func rowsByModulo(ops []history.Op, clients int) rows {
	l := rows{of: map[history.Process]int{}, labels: make([]string, clients)}
	for _, op := range ops {
		s := slotOf(op.Process, clients)
		l.of[op.Process] = s
		if l.labels[s] == "" && op.Node != "" {
			l.labels[s] = fmt.Sprintf("client %d · %s", s, clip(string(op.Node), 12))
		}
	}
	for s := range l.labels {
		l.labels[s] = cmp.Or(l.labels[s], fmt.Sprintf("client %d", s))
	}
	return l
}

// slotOf is the slot of a process in the run.
func slotOf(p history.Process, clients int) int {
	return (int(p)%clients + clients) % clients
}
