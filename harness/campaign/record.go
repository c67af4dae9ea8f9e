package campaign

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"senkei/checker"
	"senkei/harness"
	"senkei/harness/cluster/sim"
	"senkei/harness/report"
	"senkei/history"
)

// Record puts an outcome into the form that live runs have, so that it can be judged and
// shown as they are. What is missing in test, such as its name and the command that replays
// it, is for the caller.
func Record(p Plan, o Outcome, t *sim.Trace) harness.SimulatedRun {
	test := harness.Test{
		System: "node", Runtime: harness.Simulated, Workload: p.Workload, Nodes: p.Nodes, Clients: p.Clients,
		Time: harness.Duration(p.Safety), OpTimeout: harness.Duration(p.Settings.Client.OpTimeout), Seed: p.Seed,
		Nemesis: o.Applied.Kinds(),
	}
	switch {
	case o.Finding == nil:
	case o.Class == ClassUnknown:
		test.Problems = []string{o.Finding.Text}
	default:
		test.Broken = fmt.Sprintf("%s: %s (%s)", o.Class, o.Finding.Text, where(*o.Finding))
	}
	return harness.SimulatedRun{Test: test, History: o.History, Schedule: o.Applied, Trace: diagram(p, o, t)}
}

// where says where and when something was found.
func where(f sim.Finding) string {
	at := "at " + f.At.Round(time.Millisecond).String()
	if f.Server == "" {
		return at
	}
	return fmt.Sprintf("%s %s", f.Server, at)
}

// drawnTime is how much of a run a diagram of its messages shows.
const drawnTime = 2 * time.Second

// diagram shows the last messages before the violation or, if there is none, before the end.
func diagram(p Plan, o Outcome, t *sim.Trace) *report.Trace {
	if t == nil {
		return nil
	}
	to := o.End
	switch e := checker.CoreOf(o.Verdict.Evidence); {
	case e != nil:
		to = e.Culprit.End
	case o.Finding != nil:
		to = o.Finding.At
	}
	d := &report.Trace{From: max(0, to-drawnTime), To: to, Dropped: t.Dropped}
	rows := newRows(p, t, d.From, d.To)
	d.Rows = rows.all
	for _, m := range t.Messages {
		from, fromKnown := rows.of(m.From, m.Process)
		to, toKnown := rows.of(m.To, m.Process)
		if m.Sent > d.To || !fromKnown || !toKnown {
			d.Dropped++
			continue
		}
		d.Messages = append(d.Messages, report.Message{
			From: from, To: to, Sent: m.Sent, Arrived: m.Arrived, Lost: m.Lost, Kind: m.Kind, Text: m.Text,
		})
	}
	for _, m := range t.Moments {
		if row, known := rows.of(m.Node, 0); known && m.At <= d.To {
			d.Moments = append(d.Moments, report.Moment{Row: row, At: m.At, Kind: m.Kind, Text: m.Text})
		}
	}
	if f := o.Finding; f != nil {
		if row, known := rows.of(f.Node, 0); known && f.At <= d.To {
			d.Moments = append(d.Moments, report.Moment{Row: row, At: f.At, Kind: "violation", Text: f.Text})
		}
	}
	slices.SortStableFunc(d.Moments, func(a, b report.Moment) int { return cmp.Compare(a.At, b.At) })
	return d
}

// rows places clients and nodes.
type rows struct {
	plan    Plan
	all     []report.Row
	nodes   map[history.NodeID]int
	clients map[int]int // by slot
}

// newRows makes a row for each client that asks something in the interval, and for each node.
func newRows(p Plan, t *sim.Trace, from, to time.Duration) *rows {
	l := &rows{plan: p, nodes: map[history.NodeID]int{}, clients: map[int]int{}}
	asks := map[int][]history.Process{}
	for _, m := range t.Messages {
		if m.From == "" && m.Sent >= from && m.Sent <= to && !slices.Contains(asks[l.slot(m.Process)], m.Process) {
			asks[l.slot(m.Process)] = append(asks[l.slot(m.Process)], m.Process)
		}
	}
	for _, client := range slices.Sorted(maps.Keys(asks)) {
		l.clients[client] = len(l.all)
		l.all = append(l.all, report.Row{Client: client, Processes: asks[client]})
	}
	for _, n := range p.Nodes {
		l.nodes[n] = len(l.all)
		l.all = append(l.all, report.Row{Node: n})
	}
	return l
}

// slot is that of the client; the readers at the end come after all others.
func (l *rows) slot(of history.Process) int {
	if of >= readersFrom {
		return l.plan.Clients + int(of-readersFrom)%len(l.plan.Nodes)
	}
	return int(of) % l.plan.Clients
}

// of returns the row of a node or, where that is empty, of a process, and whether there is
// one.
func (l *rows) of(n history.NodeID, of history.Process) (int, bool) {
	if n != "" {
		row, known := l.nodes[n]
		return row, known
	}
	row, known := l.clients[l.slot(of)]
	return row, known
}
