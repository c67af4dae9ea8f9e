package report

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"senkei/checker"
	"senkei/history"
)

// scenario describes a made-up run.
type scenario struct {
	clients, nodes, keys, ops int
	length                    time.Duration
	faults                    []history.Span // with times only
	leaders                   []history.LeaderChange
}

const giveUp = time.Second

// play makes up a history: clients that work one operation after the other, slowed
// down and cut off by the faults. The same scenario always gives the same history.
func play(s scenario, extra ...history.Op) history.History {
	rng := rand.New(rand.NewPCG(7, 7))
	h := history.History{Faults: slices.Clone(s.faults), Leaders: slices.Clone(s.leaders)}
	pace := time.Duration(int64(s.length) * int64(s.clients) / int64(s.ops))
	next := 0
	for c := range s.clients {
		process := history.Process(c)
		node := history.NodeID(fmt.Sprintf("n%d", c%s.nodes+1))
		for now := time.Duration(rng.Int64N(int64(pace))); now < s.length; {
			next++
			op := history.Op{Process: process, Node: node, Start: now, In: request(rng, s.keys, next)}
			finish(&op, s, rng, pace, next)
			now = op.End + time.Duration(rng.Int64N(int64(pace)/4+1))
			if op.Outcome == history.Unknown {
				process += history.Process(s.clients)
			}
			if !slices.ContainsFunc(extra, func(e history.Op) bool { return clashes(op, e, s.clients) }) {
				h.Ops = append(h.Ops, op)
			}
		}
	}
	h.Ops = append(h.Ops, extra...)
	number(&h)
	return h
}

func clashes(a, b history.Op, clients int) bool {
	const margin = 20 * time.Millisecond
	return int(a.Process)%clients == int(b.Process)%clients && a.Start < b.End+margin && a.End > b.Start-margin
}

func request(rng *rand.Rand, keys, next int) history.Input {
	in := history.Input{Key: fmt.Sprintf("k%d", rng.IntN(keys)+1)}
	switch rng.IntN(5) {
	case 0, 1:
		in.F, in.Value = history.Write, history.Value(fmt.Sprint(next))
	case 2:
		in.F, in.Value, in.Expect = history.CAS, history.Value(fmt.Sprint(next)), history.Value(fmt.Sprint(next-1))
	default:
		in.F = history.Read
	}
	return in
}

// finish decides how an operation ends.
func finish(op *history.Op, s scenario, rng *rand.Rand, pace time.Duration, next int) {
	took := time.Duration(float64(pace) * 0.6 * math.Exp(rng.NormFloat64()*0.45))
	op.Outcome = history.OK
	for _, f := range s.faults {
		hit, _, _ := strings.Cut(f.Text, " cut off")
		if op.Start < f.Start || op.Start > f.End || !strings.Contains(hit, string(op.Node)) {
			continue
		}
		switch {
		case f.Kind == "kill":
			op.Outcome, op.Err, took = history.Failed, "dial tcp 127.0.0.1:7001: connect: connection refused", 40*time.Millisecond
		case rng.IntN(3) > 0 || f.Kind == "pause":
			op.Outcome, op.Err, took = history.Unknown, "context deadline exceeded", giveUp
		default:
			took *= 8
		}
	}
	for _, l := range s.leaders {
		if op.Start < l.Time && op.Start > l.Time-400*time.Millisecond && l.Term > 2 && op.Outcome == history.OK {
			took = l.Time - op.Start + took
		}
	}
	op.End = op.Start + took
	if op.Outcome == history.OK && op.In.F == history.Read {
		op.Out.Value = history.Value(fmt.Sprint(max(next-rng.IntN(9), 1)))
	}
	if op.Outcome == history.OK && op.In.F == history.CAS {
		op.Out.Swapped = rng.IntN(3) > 0
		op.Out.Value = history.Value(fmt.Sprint(next - 2))
	}
}

// number gives every event its position, in the order of the times.
func number(h *history.History) {
	type moment struct {
		t   time.Duration
		set func(position int)
	}
	slices.SortStableFunc(h.Ops, func(a, b history.Op) int { return cmp.Compare(a.Start, b.Start) })
	var moments []moment
	for i := range h.Ops {
		op := &h.Ops[i]
		op.ID, op.Complete = i, history.Never
		moments = append(moments, moment{op.Start, func(p int) { op.Invoke = p }})
		if op.Outcome != history.Unknown {
			moments = append(moments, moment{op.End, func(p int) { op.Complete = p }})
		}
	}
	for i := range h.Faults {
		f := &h.Faults[i]
		f.ID = i
		moments = append(moments, moment{f.Start, func(p int) { f.From = p }}, moment{f.End, func(p int) { f.To = p }})
	}
	for i := range h.Leaders {
		l := &h.Leaders[i]
		moments = append(moments, moment{l.Time, func(p int) { l.Position = p }})
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return cmp.Compare(a.t, b.t) })
	for p, m := range moments {
		m.set(p)
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func fault(kind, text string, from, to float64) history.Span {
	return history.Span{Kind: kind, Text: text, Start: seconds(from), End: seconds(to)}
}

func leader(node string, term uint64, at float64) history.LeaderChange {
	return history.LeaderChange{Node: history.NodeID(node), Term: term, Time: seconds(at)}
}

// faultsEvery makes one fault of changing kind every few seconds, and the leaders that follow.
func faultsEvery(length float64) (faults []history.Span, leaders []history.LeaderChange) {
	leaders = append(leaders, leader("n3", 2, 0.2))
	texts := map[string]string{"partition": "n1, n2 cut off from n3, n4, n5", "kill": "kill n2", "pause": "pause n4"}
	for i, at := 0, 3.0; at < length-4; i, at = i+1, at+3.7 {
		kind := []string{"partition", "kill", "pause"}[i%3]
		faults = append(faults, fault(kind, texts[kind], at, at+2.4))
		if i%2 == 0 {
			leaders = append(leaders, leader(fmt.Sprintf("n%d", i%5+1), uint64(3+i), at+0.9))
		}
	}
	return faults, leaders
}

// staleRead is a run of 30 s in which a leader that was cut off answers a read from
// what it held before.
func staleRead() Report {
	faults, leaders := faultsEvery(30)
	faults = append(faults, fault("partition", "n3 cut off from n1, n2, n4, n5", 17.42, 19.93))
	leaders = append(leaders, leader("n5", 21, 17.83))
	slices.SortFunc(faults, func(a, b history.Span) int { return cmp.Compare(a.Start, b.Start) })
	slices.SortFunc(leaders, func(a, b history.LeaderChange) int { return cmp.Compare(a.Time, b.Time) })
	for i := range leaders {
		leaders[i].Term = uint64(i + 2)
	}
	op := func(process history.Process, node string, f history.Func, value, expect, found string, from, to float64) history.Op {
		return history.Op{
			Process: process, Node: history.NodeID(node), Outcome: history.OK, Start: seconds(from), End: seconds(to),
			In:  history.Input{F: f, Key: "k7", Value: history.Value(value), Expect: history.Value(expect)},
			Out: history.Output{Value: history.Value(found), Swapped: f == history.CAS},
		}
	}
	open := op(54, "n5", history.Write, "5790", "", "", 17.951, 18.951)
	open.Outcome, open.Err = history.Unknown, "context deadline exceeded"
	h := play(scenario{clients: 10, nodes: 5, keys: 12, ops: 20_000, length: 30 * time.Second, faults: faults, leaders: leaders},
		op(2, "n3", history.Write, "5713", "", "", 17.381, 17.3862),
		op(6, "n2", history.CAS, "5764", "5713", "", 18.2042, 18.2091),
		op(43, "n4", history.Read, "", "", "5764", 18.2065, 18.2112),
		op(7, "n3", history.Read, "", "", "5713", 18.9021, 18.9024),
		open)
	var core []history.Op
	for _, o := range h.Ops {
		if o.In.Key == "k7" && o.Start > seconds(17.38) && o.End < seconds(18.96) && (o.Out.Value == "5713" || o.In.Value == "5713" || o.In.Value == "5764" || o.Out.Value == "5764" || o.In.Value == "5790") {
			core = append(core, o)
		}
	}
	culprit := core[len(core)-1]
	within := slices.DeleteFunc(slices.Clone(h.Faults), func(f history.Span) bool { return f.From > culprit.Complete || f.To < core[0].Invoke })
	explanation := &checker.Core{
		Key: "k7",
		Sentences: []string{
			"Process 7 read 5713 from k7 at 18.902 s on n3, 693 ms after process 6 was told that its compare-and-set had replaced 5713 by 5764.",
			"Process 43 had already read 5764 on n4 when the stale read began: the new value was visible, and then it was not.",
			"n3 had been cut off from n1, n2, n4, n5 since 17.420 s; n5 became leader of term 5 at 17.830 s.",
		},
		Culprit: culprit, Ops: core, Order: []int{core[0].ID, core[2].ID, core[3].ID}, State: "5764",
		Refused: []checker.Refusal{
			{Op: culprit, Reason: "a read of k7 would have to return 5764, not 5713"},
			{Op: core[1], Reason: "after a write of 5790 the read of 5713 is refused as well"},
		},
		Faults: within,
	}
	linearizable := checker.Verdict{Property: "linearizable register", Status: checker.Invalid, Evidence: explanation,
		Reason: "On key k7 a read returned 5713 after 5764 had been written, acknowledged and read."}
	r := about("stale-leader-local-read", h, 30*time.Second)
	r.Bug = "stale-leader-local-read"
	r.Verdict = checker.Merge("register", linearizable, checker.Verdict{Property: "coverage", Status: checker.Valid})
	return r
}

// validRun is a run of 60 s with 200,000 operations and no violation. It is made once
// and must not be changed.
var validRun = sync.OnceValue(func() Report {
	faults, leaders := faultsEvery(60)
	h := play(scenario{clients: 20, nodes: 5, keys: 40, ops: 205_000, length: 60 * time.Second, faults: faults, leaders: leaders})
	r := about("nightly", h, 60*time.Second)
	r.Verdict = checker.Merge("register", checker.Verdict{Property: "linearizable register", Status: checker.Valid}, checker.Verdict{Property: "coverage", Status: checker.Valid})
	return r
})

// undecidedRun is a run of 10 s whose check ran out of time.
func undecidedRun() Report {
	faults, leaders := faultsEvery(10)
	h := play(scenario{clients: 5, nodes: 3, keys: 4, ops: 3_000, length: 10 * time.Second, faults: faults, leaders: leaders})
	r := about("short", h, 10*time.Second)
	r.Notes = []string{"The fault clock was asked for, but the local runtime does not offer it."}
	r.Verdict = checker.Merge("register",
		checker.Verdict{Property: "linearizable register", Reason: "The check of key k3 (812 operations) did not end within 10 s."},
		checker.Verdict{Property: "coverage", Status: checker.Valid})
	return r
}

// byHand is a history without times, processes or nodes that anybody assigned.
func byHand() Report {
	op := func(id int, p history.Process, f history.Func, value, found string, from, to int) history.Op {
		return history.Op{ID: id, Process: p, Outcome: history.OK, Invoke: from, Complete: to,
			In: history.Input{F: f, Key: "x", Value: history.Value(value)}, Out: history.Output{Value: history.Value(found)}}
	}
	ops := []history.Op{op(0, 0, history.Write, "1", "", 0, 2), op(1, 1, history.Write, "2", "", 1, 3), op(2, 0, history.Read, "", "nil", 4, 5)}
	ops[2].Out.Value = history.Absent
	e := &checker.Core{Key: "x", Sentences: []string{"Process 0 read nothing from x after both writes were acknowledged."}, Culprit: ops[2], Ops: ops, Order: []int{0, 1}, State: "2",
		Refused: []checker.Refusal{{Op: ops[2], Reason: "a read of x would have to return 2, not nothing"}}}
	return Report{Name: "by-hand.jsonl", History: history.History{Ops: ops},
		Verdict: checker.Verdict{Property: "linearizable register", Status: checker.Invalid, Reason: "A read found nothing.", Evidence: e}}
}

func about(name string, h history.History, length time.Duration) Report {
	return Report{
		Name: name, System: "node", Runtime: "docker", Workload: "register", Nemesis: []string{"partition", "kill", "pause"},
		Nodes: []history.NodeID{"n1", "n2", "n3", "n4", "n5"}, Clients: clientsOf(h), Seed: 7712,
		Replay:  "senkei run --system node --runtime docker --workload register --nemesis partition,kill,pause --seed 7712",
		Started: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC), Duration: length, History: h,
		Alongside: []string{"timeline.html", "history.jsonl"},
	}
}

// clientsOf counts the clients of a made-up history, whose first operations start in the first second.
func clientsOf(h history.History) int {
	seen := map[history.Process]bool{}
	for _, op := range h.Ops {
		if op.Start < time.Second {
			seen[op.Process] = true
		}
	}
	return len(seen)
}
