package report

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"senkei/checker"
	"senkei/history"
)

// tracer builds a trace step by step, with times in milliseconds.
type tracer struct {
	trace   Trace
	clients int
	cut     map[[2]int]string // links that lose what they are given, and why
	hops    int
}

func newTracer(clients, nodes int) *tracer {
	s := &tracer{clients: clients, cut: map[[2]int]string{}}
	for c := range clients {
		s.trace.Rows = append(s.trace.Rows, Row{Client: c})
	}
	for n := range nodes {
		s.trace.Rows = append(s.trace.Rows, Row{Node: history.NodeID(fmt.Sprintf("n%d", n+1))})
	}
	return s
}

// node is the row of node n, which counts from 1.
func (s *tracer) node(n int) int { return s.clients + n - 1 }

func ms(at float64) time.Duration { return time.Duration(at * float64(time.Millisecond)) }

// send tells of a message and returns when it arrives, or would have arrived.
func (s *tracer) send(at float64, from, to int, kind, text string) float64 {
	s.hops++
	arrives := at + 0.7 + float64(s.hops*37%11)*0.16
	s.trace.Messages = append(s.trace.Messages, Message{From: from, To: to, Sent: ms(at), Arrived: ms(arrives), Lost: s.cut[[2]int{from, to}], Kind: kind, Text: text})
	return arrives
}

// ask tells of a message and of its answer, if neither is lost, and returns when that arrives.
func (s *tracer) ask(at float64, from, to int, kind, text, answer, says string) (back float64, ok bool) {
	there := s.send(at, from, to, kind, text)
	if s.cut[[2]int{from, to}] != "" {
		return 0, false
	}
	back = s.send(there+0.1, to, from, answer, says)
	return back, s.cut[[2]int{to, from}] == ""
}

func (s *tracer) moment(at float64, row int, kind, text string) {
	s.trace.Moments = append(s.trace.Moments, Moment{Row: row, At: ms(at), Kind: kind, Text: text})
}

// append lets a leader replicate and returns when the first of its followers has answered.
func (s *tracer) append(at float64, leader int, followers []int, text, says string) float64 {
	first := at + 1000
	for _, f := range followers {
		if back, ok := s.ask(at, leader, f, "Append", text, "AppendReply", says); ok {
			first = min(first, back)
		}
	}
	return first
}

// call tells of a client's request, which the node answers at some time, and returns its
// operation.
func (s *tracer) call(at float64, client, node int, in history.Input, out history.Output, answer func(heard float64) float64) history.Op {
	op := history.Op{Process: history.Process(client), Node: s.trace.Rows[node].Node, In: in, Out: out, Outcome: history.OK, Start: ms(at)}
	asks := fmt.Sprintf("write %s to %s", in.Value, in.Key)
	if in.F == history.Read {
		asks = "read of " + in.Key
	}
	heard := s.send(at, client, node, "request", asks)
	back := s.send(answer(heard), node, client, "reply", label(op))
	op.End = ms(back)
	return op
}

// committing lets a leader that has heard of a write replicate and commit it.
func (s *tracer) committing(leader int, followers []int, index, term int) (answer func(heard float64) float64) {
	return func(heard float64) float64 {
		text := fmt.Sprintf("entries %d/%d to %d/%d after %d/%d, commit %d (term %d)", index, term, index, term, index-1, term, index-1, term)
		done := s.append(heard+0.1, leader, followers, text, fmt.Sprintf("holds up to %d (term %d)", index, term))
		s.moment(done, leader, "commit", fmt.Sprintf("commits up to %d", index))
		return done + 0.1
	}
}

// leaderCutOff is the story of bug 18 as a shrunk plan tells it: n1 leads and is cut off,
// n2 is elected and acknowledges a write, and n1 answers a read from its memory.
func leaderCutOff() Report {
	s := newTracer(3, 3)
	n1, n2, n3 := s.node(1), s.node(2), s.node(3)
	write := func(v string) history.Input {
		return history.Input{F: history.Write, Key: "k1", Value: history.Value(v)}
	}
	read := history.Input{F: history.Read, Key: "k1"}

	s.moment(812, n1, "leader", "leader, term 2")
	beat := func(at float64, leader int, followers []int, text, says string) {
		s.append(at, leader, followers, text, says)
	}
	beat(3950, n1, []int{n2, n3}, "heartbeat after 4/2, commit 4 (term 2)", "holds up to 4 (term 2)")
	beat(4000, n1, []int{n2, n3}, "heartbeat after 4/2, commit 4 (term 2)", "holds up to 4 (term 2)")
	first := s.call(4011, 0, n1, write("7"), history.Output{}, s.committing(n1, []int{n2, n3}, 5, 2))
	beat(4050, n1, []int{n2, n3}, "heartbeat after 5/2, commit 5 (term 2)", "holds up to 5 (term 2)")

	s.moment(4068, n1, "fault", "n1 cut off from n2, n3")
	for _, other := range []int{n2, n3} {
		s.cut[[2]int{n1, other}], s.cut[[2]int{other, n1}] = "cut", "cut"
	}
	for at := 4100.0; at < 4420; at += 50 {
		beat(at, n1, []int{n2, n3}, "heartbeat after 5/2, commit 5 (term 2)", "")
	}
	s.moment(4238, n2, "pre-candidate", "becomes pre-candidate in term 2")
	s.ask(4238, n2, n1, "PreVote", "last entry 5/2 (term 3)", "", "")
	back, _ := s.ask(4238, n2, n3, "PreVote", "last entry 5/2 (term 3)", "PreVoteReply", "granted (term 3)")
	s.moment(back, n2, "candidate", "becomes candidate in term 3")
	s.ask(back+0.1, n2, n1, "Vote", "last entry 5/2 (term 3)", "", "")
	back, _ = s.ask(back+0.1, n2, n3, "Vote", "last entry 5/2 (term 3)", "VoteReply", "granted (term 3)")
	s.moment(back, n2, "leader", "leader, term 3")
	done := s.append(back+0.1, n2, []int{n1, n3}, "entries 6/3 to 6/3 after 5/2, commit 5 (term 3)", "holds up to 6 (term 3)")
	s.moment(done, n2, "commit", "commits up to 6")
	beat(4290, n2, []int{n1, n3}, "heartbeat after 6/3, commit 6 (term 3)", "holds up to 6 (term 3)")

	second := s.call(4302, 1, n2, write("9"), history.Output{}, s.committing(n2, []int{n1, n3}, 7, 3))
	beat(4340, n2, []int{n1, n3}, "heartbeat after 7/3, commit 7 (term 3)", "holds up to 7 (term 3)")
	stale := s.call(4371, 2, n1, read, history.Output{Value: "7"}, func(heard float64) float64 { return heard + 0.05 })
	beat(4390, n2, []int{n1, n3}, "heartbeat after 7/3, commit 7 (term 3)", "holds up to 7 (term 3)")
	s.moment(4412, n1, "follower", "becomes follower in term 2: no majority answers")

	h := history.History{
		Ops:     []history.Op{first, second, stale},
		Faults:  []history.Span{{Kind: "partition", Text: "n1 cut off from n2, n3", Start: ms(4068), End: ms(6000)}},
		Leaders: []history.LeaderChange{{Node: "n1", Term: 2, Time: ms(812)}, {Node: "n2", Term: 3, Time: ms(4242)}},
	}
	number(&h)
	r := about("seed 7712, shrunk", h, 6*time.Second)
	r.Runtime, r.Bug, r.Clients, r.Nodes, r.Nemesis = "sim", "stale-leader-local-read", 3, []history.NodeID{"n1", "n2", "n3"}, []string{"partition"}
	r.Replay = "senkei replay store/shrunk.json"
	r.Trace = &s.trace
	ops := h.Ops
	r.Verdict = checker.Merge("run", checker.Verdict{
		Property: "linearizable register", Status: checker.Invalid,
		Reason: "On key k1 a read returned 7 after 9 had been written and acknowledged.",
		Evidence: &checker.Core{
			Key: "k1", Ops: ops, Culprit: ops[2], Order: []int{0, 1}, State: "9", Faults: h.Faults,
			Sentences: []string{
				"Process 2 read 7 from k1 at 4.371 s on n1, 65 ms after process 1 was told that 9 had been written.",
				"n1 had been cut off from n2, n3 since 4.068 s; n2 became leader of term 3 at 4.242 s.",
			},
			Refused: []checker.Refusal{{Op: ops[2], Reason: "a read of k1 would have to return 9, not 7"}},
		},
	})
	return r
}

// crowded is a run of five nodes and eight clients with about so many messages, and
// nodes that crash and pause; the clock of its messages is coarse, so that many coincide.
func crowded(messages int) Report {
	rng := rand.New(rand.NewPCG(1, 2))
	s := newTracer(8, 5)
	var ops []history.Op
	var faults []history.Span
	leads, term := 1, 2
	s.moment(100, s.node(1), "leader", "leader, term 2")
	others := func() (list []int) {
		for n := 1; n <= 5; n++ {
			if n != leads {
				list = append(list, s.node(n))
			}
		}
		return list
	}
	at, index, beat := 200.0, 10, 0.0
	for len(s.trace.Messages) < messages {
		at += rng.ExpFloat64() * 6
		switch row := s.node(rng.IntN(5) + 1); {
		case at >= beat:
			s.append(at, s.node(leads), others(), fmt.Sprintf("heartbeat after %d/%d, commit %d (term %d)", index, term, index, term), fmt.Sprintf("holds up to %d (term %d)", index, term))
			beat = at + 50
		case rng.IntN(60) == 0:
			kind, undone := "crash", "restart"
			if rng.IntN(2) == 0 {
				kind, undone = "pause", "resume"
			}
			s.moment(at, row, kind, kind)
			s.moment(at+90, row, undone, undone)
			f := fault(map[string]string{"crash": "kill", "pause": "pause"}[kind], fmt.Sprintf("%s %s", kind, s.trace.Rows[row].Node), at/1000, at/1000+0.09)
			faults = append(faults, f)
			if row == s.node(leads) {
				s.moment(at+60, row, "follower", "becomes follower")
				leads, term = leads%5+1, term+1
				s.moment(at+50, s.node(leads), "candidate", fmt.Sprintf("becomes candidate in term %d", term))
				for _, o := range others() {
					s.ask(at+50, s.node(leads), o, "Vote", fmt.Sprintf("last entry %d/%d (term %d)", index, term-1, term), "VoteReply", fmt.Sprintf("granted (term %d)", term))
				}
				s.moment(at+53, s.node(leads), "leader", fmt.Sprintf("leader, term %d", term))
			}
		default:
			index++
			in := history.Input{F: history.Write, Key: fmt.Sprintf("k%d", rng.IntN(4)), Value: history.Value(fmt.Sprint(index))}
			client := rng.IntN(8)
			if slices.ContainsFunc(ops, func(o history.Op) bool { return int(o.Process) == client && o.End >= ms(at) }) {
				continue
			}
			ops = append(ops, s.call(at, client, s.node(leads), in, history.Output{}, s.committing(s.node(leads), others(), index, term)))
		}
	}
	slices.SortStableFunc(s.trace.Moments, func(a, b Moment) int { return cmp.Compare(a.At, b.At) })
	h := history.History{Ops: ops, Faults: faults}
	number(&h)
	r := about("crowded", h, ms(at))
	r.Runtime, r.Clients, r.Trace = "sim", 8, &s.trace
	r.Verdict = checker.Merge("run", checker.Verdict{Property: "linearizable register", Status: checker.Valid})
	return r
}
