package report

import (
	"slices"

	"senkei/checker"
	"senkei/history"
)

// seats tells which lane of a trace is whose.
type seats struct {
	named   map[history.Process]int
	slots   map[int]int
	clients int
}

func newSeats(r Report) seats {
	s := seats{named: map[history.Process]int{}, slots: map[int]int{}, clients: r.Clients}
	for i, lane := range r.Trace.Lanes {
		for _, p := range lane.Processes {
			s.named[p] = i
		}
		if lane.Node == "" && len(lane.Processes) == 0 {
			s.slots[lane.Client] = i
		}
	}
	return s
}

// lane is that of a process; ok is false if it has none.
func (s seats) lane(p history.Process) (lane int, ok bool) {
	if lane, ok = s.named[p]; ok {
		return lane, true
	}
	seat := int(p)
	if s.clients > 0 {
		seat = slot(p, s.clients)
	}
	lane, ok = s.slots[seat]
	return lane, ok
}

// maxSeated bounds the processes whose operations the diagram shows.
const maxSeated = 10_000

// during lists the processes of each lane that had an operation within from…to, each once.
func (s seats) during(ops []history.Op, c clock, from, to int64) map[int][]int {
	processes := map[int][]int{}
	seen := map[history.Process]bool{}
	for i := len(ops) - 1; i >= 0 && len(seen) < maxSeated; i-- {
		begin, end := c.op(ops[i])
		p := ops[i].Process
		if lane, ok := s.lane(p); ok && !seen[p] && begin <= to && end >= from {
			seen[p] = true
			processes[lane] = append(processes[lane], int(p))
		}
	}
	return processes
}

// part is the part that an operation, or a message of it, has in the violation.
type part uint8

const (
	noPart part = iota
	corePart
	culpritPart
)

// cast are the operations of the explanation, by the lane of the trace.
type cast map[int][]role

type role struct {
	from, to int64
	part     part
}

// newCast finds the lanes of the operations.
func newCast(r Report, c clock, s seats) cast {
	e := checker.CoreOf(r.Verdict.Evidence)
	if e == nil || !c.timed {
		return nil
	}
	parts := cast{}
	for _, op := range append(slices.Clone(e.Ops), e.Culprit) {
		lane, ok := s.lane(op.Process)
		if !ok {
			continue
		}
		from, to := c.op(op)
		p := role{from, to, corePart}
		if op.ID == e.Culprit.ID {
			p.part = culpritPart
		}
		parts[lane] = append(parts[lane], p)
	}
	return parts
}

// of is the part of a message, which is that of the operation in which a client sends or
// hears it. A client often begins an operation at the very moment that the last one ends.
func (c cast) of(from int, sent int64, to int, heard int64) part {
	most := noPart
	for _, r := range c[from] {
		if sent >= r.from && sent < max(r.to, r.from+1) {
			most = max(most, r.part)
		}
	}
	for _, r := range c[to] {
		if heard > min(r.from, r.to-1) && heard <= r.to {
			most = max(most, r.part)
		}
	}
	return most
}
