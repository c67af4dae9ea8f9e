package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"senkei/history"
)

// The most rows of each list on the page.
const (
	maxNotes   = 50
	maxFaults  = 1000
	maxKinds   = 12
	maxLeaders = 1000
	maxNodes   = 100
	maxFuncs   = 50
)

type faultRow struct{ Kind, Tone, What, From, To, Lasted string }

type leaderRow struct {
	At, Node string
	Term     uint64
}

// countRow counts the operations of one function, or of all.
type countRow struct {
	Func, OK, Refused, Failed, Unknown, Total string
	P50, P99, Max                             string // of the acknowledged ones
	Sum                                       bool
}

// countRows counts operations by function and outcome, the functions in ascending
// order and all of them last.
func countRows(ops []history.Op) []countRow {
	if len(ops) == 0 {
		return nil
	}
	tallies := map[string]*tally{}
	var all tally
	for _, op := range ops {
		f := string(op.In.F)
		t := tallies[f]
		if t == nil {
			if len(tallies) == maxFuncs {
				f = "others"
			}
			if t = tallies[f]; t == nil {
				t = &tally{}
				tallies[f] = t
			}
		}
		t.add(op)
		all.add(op)
	}
	var rows []countRow
	for _, f := range slices.Sorted(maps.Keys(tallies)) {
		rows = append(rows, tallies[f].row(clip(f, nameRunes)))
	}
	sum := all.row("all")
	sum.Sum = true
	return append(rows, sum)
}

type tally struct {
	ok, refused, failed, unknown int
	taken                        []int64
}

func (t *tally) add(op history.Op) {
	switch op.Outcome {
	case history.OK:
		t.ok++
		t.taken = append(t.taken, max(op.End-op.Start, 0).Microseconds())
		if op.In.F == history.CAS && !op.Out.Swapped {
			t.refused++
		}
	case history.Failed:
		t.failed++
	default:
		t.unknown++
	}
}

func (t *tally) row(name string) countRow {
	row := countRow{
		Func: name, OK: count(t.ok), Failed: count(t.failed), Unknown: count(t.unknown),
		Total: count(t.ok + t.failed + t.unknown), P50: "–", P99: "–", Max: "–",
	}
	if t.refused > 0 {
		row.Refused = fmt.Sprintf("%s refused", count(t.refused))
	}
	slices.Sort(t.taken)
	if n := len(t.taken); n > 0 && t.taken[n-1] > 0 {
		row.P50, row.P99, row.Max = latency(quantile(t.taken, 50)), latency(quantile(t.taken, 99)), latency(quantile(t.taken, 100))
	}
	return row
}

// describeRun fills the line below the title and the table of parameters.
func (p *page) describeRun(r Report) {
	nodes := make([]string, len(r.Nodes))
	for i, n := range r.Nodes {
		nodes[i] = string(n)
	}
	short := func(name, text string) {
		if text = clip(text, sentenceRunes); text != "" {
			p.Facts = append(p.Facts, fact{name, text})
		}
	}
	short("System", r.System)
	short("Bug put into the node", r.Bug)
	short("Given to every node", strings.Join(clipAll(r.NodeArgs, nameRunes, maxNotes), " "))
	short("Runtime", r.Runtime)
	short("Workload", r.Workload)
	short("Faults asked for", strings.Join(clipAll(r.Nemesis, nameRunes, maxNotes), ", "))
	short("Nodes", strings.Join(clipAll(nodes, nameRunes, maxNodes), ", "))
	if r.Clients > 0 {
		short("Clients", count(r.Clients))
	}
	if r.Seed != 0 {
		short("Seed", fmt.Sprint(r.Seed))
	}
	if !r.Started.IsZero() {
		short("Started", r.Started.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	if r.Duration > 0 {
		short("Duration", elapsed(r.Duration))
	}
	keys := map[string]bool{}
	for _, op := range r.History.Ops {
		keys[op.In.Key] = true
	}
	short("Operations", fmt.Sprintf("%s on %s", count(len(r.History.Ops)), counted(len(keys), "key")))
	if len(r.History.Leaders) > 0 {
		short("Leader changes", count(len(r.History.Leaders)))
	}
	short("Snapshots installed", count(r.Snapshots))
	short("Membership changes", count(r.MembershipChanges))
	p.summarise(r, len(keys))
}

// summarise fills the line that a person reads first.
func (p *page) summarise(r Report, keys int) {
	add := func(name, text string) {
		if text != "" {
			p.Subject = append(p.Subject, fact{name, clip(text, nameRunes)})
		}
	}
	add("system", r.System)
	add("bug", r.Bug)
	add("runtime", r.Runtime)
	add("workload", r.Workload)
	if len(r.Nodes) > 0 {
		add("", counted(len(r.Nodes), "node"))
	}
	if r.Clients > 0 {
		add("", counted(r.Clients, "client"))
	}
	add("", counted(len(r.History.Ops), "operation"))
	add("", counted(keys, "key"))
	add("", counted(len(r.History.Faults), "fault"))
	if r.Duration > 0 {
		add("", elapsed(r.Duration))
	}
	if r.Seed != 0 {
		add("seed", fmt.Sprint(r.Seed))
	}
}
