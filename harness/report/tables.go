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

// describeRun fills the line below the title, which a person reads first, and the table of
// parameters.
func (p *page) describeRun(r Report) {
	nodes := make([]string, len(r.Nodes))
	for i, n := range r.Nodes {
		nodes[i] = string(n)
	}
	keys := map[string]bool{}
	for _, op := range r.History.Ops {
		keys[op.In.Key] = true
	}
	seed := known(r.Seed != 0, fmt.Sprint(r.Seed))
	lasted := known(r.Duration > 0, elapsed(r.Duration))
	p.Subject = facts(nameRunes,
		fact{"system", r.System},
		fact{"bug", r.Bug},
		fact{"runtime", r.Runtime},
		fact{"workload", r.Workload},
		fact{"", known(len(r.Nodes) > 0, counted(len(r.Nodes), "node"))},
		fact{"", known(r.Clients > 0, counted(r.Clients, "client"))},
		fact{"", counted(len(r.History.Ops), "operation")},
		fact{"", counted(len(keys), "key")},
		fact{"", counted(len(r.History.Faults), "fault")},
		fact{"", lasted},
		fact{"seed", seed})
	p.Facts = facts(sentenceRunes,
		fact{"System", r.System},
		fact{"Bug put into the node", r.Bug},
		fact{"Given to every node", strings.Join(clipAll(r.NodeArgs, nameRunes, maxNotes), " ")},
		fact{"Runtime", r.Runtime},
		fact{"Workload", r.Workload},
		fact{"Faults asked for", strings.Join(clipAll(r.Nemesis, nameRunes, maxNotes), ", ")},
		fact{"Nodes", strings.Join(clipAll(nodes, nameRunes, maxNodes), ", ")},
		fact{"Clients", known(r.Clients > 0, count(r.Clients))},
		fact{"Seed", seed},
		fact{"Started", known(!r.Started.IsZero(), r.Started.UTC().Format("2006-01-02 15:04:05 UTC"))},
		fact{"Duration", lasted},
		fact{"Operations", fmt.Sprintf("%s on %s", count(len(r.History.Ops)), counted(len(keys), "key"))},
		fact{"Leader changes", known(len(r.History.Leaders) > 0, count(len(r.History.Leaders)))},
		fact{"Snapshots installed", count(r.Snapshots)},
		fact{"Membership changes", count(r.MembershipChanges)})
}

// known is the text of a fact, or nothing where it is not known.
func known(is bool, text string) string {
	if !is {
		return ""
	}
	return text
}

// facts clips the texts and leaves out those that are empty.
func facts(runes int, all ...fact) []fact {
	for i := range all {
		all[i].Text = clip(all[i].Text, runes)
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.Text == "" })
}
