package history_test

import (
	"time"

	"pgregory.net/rapid"

	"senkei/history"
)

// values are the shapes that a value can have, with text that must be escaped.
var values = rapid.OneOf(
	rapid.Map(rapid.Int64(), history.Int),
	rapid.Map(rapid.String(), history.Text),
	rapid.SampledFrom([]history.Value{"true", "false", "0.5", "1e+300", "123456789012345678901234567890"}),
)

var maybe = rapid.OneOf(values, rapid.Just(history.Absent))

func inputs(t *rapid.T) history.Input {
	in := history.Input{
		F:   rapid.SampledFrom([]history.Func{history.Read, history.Write, history.CAS}).Draw(t, "f"),
		Key: rapid.SampledFrom([]string{"", "k1", "k2", "<&>\u2028"}).Draw(t, "key"),
	}
	if in.F != history.Read {
		in.Value = values.Draw(t, "value")
	}
	if in.F == history.CAS {
		in.Expect = maybe.Draw(t, "expect")
	}
	return in
}

// steps is what a run may do; run draws one thing after another and does it.
type steps struct {
	invoke   func(p history.Process, n history.NodeID, in history.Input, now time.Duration)
	complete func(p history.Process, out history.Output, outcome history.Outcome, errText string, now time.Duration)
	fault    func(id int, phase string, err error, now time.Duration)
	leader   func(n history.NodeID, term uint64, now time.Duration)
}

// run drives s through a random run that keeps the rules of a history.
func run(t *rapid.T, s steps) {
	now := time.Duration(0)
	free := []history.Process{0, 1, 2}
	var busy []history.Process
	fresh := history.Process(3)
	inForce := map[int]bool{}
	take := func(from *[]history.Process) history.Process {
		i := rapid.IntRange(0, len(*from)-1).Draw(t, "who")
		p := (*from)[i]
		*from = append((*from)[:i:i], (*from)[i+1:]...)
		return p
	}
	node := func() history.NodeID {
		return rapid.SampledFrom([]history.NodeID{"", "n1", "n2"}).Draw(t, "node")
	}
	for range rapid.IntRange(0, 40).Draw(t, "events") {
		now += time.Duration(rapid.IntRange(0, 1_000_000).Draw(t, "wait"))
		switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
		case kind < 4 && len(free) > 0:
			p := take(&free)
			s.invoke(p, node(), inputs(t), now)
			busy = append(busy, p)
		case kind < 8 && len(busy) > 0:
			p := take(&busy)
			outcome := history.Outcome(rapid.IntRange(0, 2).Draw(t, "outcome"))
			out := history.Output{Value: maybe.Draw(t, "found"), Swapped: rapid.Bool().Draw(t, "swapped")}
			s.complete(p, out, outcome, rapid.SampledFrom([]string{"", "timeout", "a \"quoted\"\nline"}).Draw(t, "error"), now)
			if outcome == history.Unknown {
				p, fresh = fresh, fresh+1
			}
			free = append(free, p)
		case kind == 8:
			id := rapid.IntRange(0, 2).Draw(t, "fault")
			phase := "inject"
			if inForce[id] {
				phase = "heal"
			}
			var err error
			if rapid.IntRange(0, 3).Draw(t, "breaks") == 0 {
				err = errBroken
			} else {
				inForce[id] = !inForce[id]
			}
			s.fault(id, phase, err, now)
		case kind == 9:
			n := rapid.SampledFrom([]history.NodeID{"n1", "n2"}).Draw(t, "leader")
			s.leader(n, rapid.Uint64().Draw(t, "term"), now)
		}
	}
}
