package report

import (
	"slices"

	"senkei/history"
)

// owners tells which row of a trace is whose.
type owners struct {
	named   map[history.Process]int
	slots   map[int]int
	clients int
}

func newOwners(r Report) owners {
	s := owners{named: map[history.Process]int{}, slots: map[int]int{}, clients: r.Clients}
	for i, row := range r.Trace.Rows {
		for _, p := range row.Processes {
			s.named[p] = i
		}
		if row.Node == "" && len(row.Processes) == 0 {
			s.slots[row.Client] = i
		}
	}
	return s
}

// row is that of a process; ok is false if it has none.
func (s owners) row(p history.Process) (row int, ok bool) {
	if row, ok = s.named[p]; ok {
		return row, true
	}
	slot := int(p)
	if s.clients > 0 {
		slot = slotOf(p, s.clients)
	}
	row, ok = s.slots[slot]
	return row, ok
}

// maxOwners bounds the processes whose operations the diagram shows.
const maxOwners = 10_000

// during lists the processes of each row that had an operation within from…to, each once.
func (s owners) during(ops []history.Op, c clock, from, to int64) map[int][]int {
	processes := map[int][]int{}
	seen := map[history.Process]bool{}
	for i := len(ops) - 1; i >= 0 && len(seen) < maxOwners; i-- {
		begin, end := c.op(ops[i])
		p := ops[i].Process
		if row, ok := s.row(p); ok && !seen[p] && begin <= to && end >= from {
			seen[p] = true
			processes[row] = append(processes[row], int(p))
		}
	}
	return processes
}

// participants are the marked operations, by the row of the trace.
type participants map[int][]participation

type participation struct {
	from, to int64
	involved involvement
}

// newParticipants finds the rows of the operations.
func newParticipants(m *marked, c clock, s owners) participants {
	if m == nil || !c.timed {
		return nil
	}
	all, involved := participants{}, m.involved()
	for _, op := range append(slices.Clone(m.ops), m.culprit) {
		if row, ok := s.row(op.Process); ok {
			from, to := c.op(op)
			all[row] = append(all[row], participation{from, to, involved[op.ID]})
		}
	}
	return all
}

// of is the involvement of a message, which is that of the operation in which a client sends or
// hears it. A client often begins an operation at the very moment that the last one ends.
func (c participants) of(from int, sent int64, to int, heard int64) involvement {
	most := notInvolved
	for _, r := range c[from] {
		if sent >= r.from && sent < max(r.to, r.from+1) {
			most = max(most, r.involved)
		}
	}
	for _, r := range c[to] {
		if heard > min(r.from, r.to-1) && heard <= r.to {
			most = max(most, r.involved)
		}
	}
	return most
}
