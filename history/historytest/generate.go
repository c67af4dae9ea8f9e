// Package historytest draws histories for the tests of what reads and writes them: every
// function of the vocabulary, every outcome, faults and leaders, as a run records them. It
// knows no model, so what clients are told makes no sense. Start at History.
package historytest

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/history"
)

// values draws the shapes that a value can have, with text that must be escaped.
var values = rapid.OneOf(
	rapid.Map(rapid.Int64(), history.Int),
	rapid.Map(rapid.String(), history.Text),
	rapid.SampledFrom([]history.Value{"true", "false", "0.5", "1e300", "123456789012345678901234567890", `":a"`, `"a b"`, `":"`}),
)

// Maybe draws a value or its absence.
var Maybe = rapid.OneOf(values, rapid.Just(history.Absent))

var keys = rapid.SampledFrom([]string{"", "k1", ":k2", "-3", "<&>\u2028"})

// Lists draws lists of values and of lists.
var Lists = rapid.OneOf(
	rapid.Map(rapid.SliceOfN(Maybe, 0, 4), func(items []history.Value) history.Value { return history.List(items...) }),
	rapid.Map(rapid.SliceOfN(values, 0, 3), func(items []history.Value) history.Value {
		return history.List(history.List(items...), history.List())
	}),
)

func inputs(t *rapid.T) history.Input {
	in := history.Input{F: rapid.SampledFrom(history.Funcs()).Draw(t, "f"), Key: keys.Draw(t, "key")}
	switch in.F {
	case history.Read, history.Delete, history.Acquire, history.Dequeue, history.Drain:
	case history.CAS:
		in.Value, in.Expect = values.Draw(t, "value"), Maybe.Draw(t, "expect")
	case history.Release:
		in.Value = Maybe.Draw(t, "token")
	case history.Txn:
		in.Value = Transactions(t)
	default:
		in.Value = values.Draw(t, "value")
	}
	return in
}

// Transactions draws the request of a transaction.
func Transactions(t *rapid.T) history.Value {
	var ms []history.Micro
	for range rapid.IntRange(0, 4).Draw(t, "micros") {
		m := history.Micro{
			F:   rapid.SampledFrom([]history.Func{history.Read, history.Write, history.Append}).Draw(t, "micro"),
			Key: keys.Draw(t, "key"),
		}
		if m.F != history.Read {
			m.Value = values.Draw(t, "value")
		}
		ms = append(ms, m)
	}
	return history.Transaction(ms...)
}

// answers draws what a client may be told of in.
func answers(t *rapid.T, in history.Input) history.Output {
	out := history.Output{Value: Maybe.Draw(t, "found"), Revision: rapid.Uint64Range(0, 3).Draw(t, "revision")}
	switch in.F {
	case history.CAS:
		out.Swapped = rapid.Bool().Draw(t, "swapped")
	case history.Read:
		out.Value = rapid.OneOf(Maybe, Lists).Draw(t, "found")
	case history.Drain, history.Poll:
		out.Value = Lists.Draw(t, "found")
	case history.Txn:
		var ms []history.Micro
		for m := range in.Value.Micros() {
			if m.F == history.Read {
				m.Value = rapid.OneOf(Maybe, Lists).Draw(t, "found")
			}
			ms = append(ms, m)
		}
		out.Value = history.Transaction(ms...)
	}
	return out
}

// Steps is what a run may do; Run draws one thing after another and does it.
type Steps struct {
	Invoke   func(p history.Process, n history.NodeID, in history.Input, now time.Duration)
	Complete func(p history.Process, out history.Output, outcome history.Outcome, errText string, now time.Duration)
	Fault    func(id int, phase string, err error, now time.Duration)
	Leader   func(n history.NodeID, term uint64, now time.Duration)
}

// Run drives s through a random run that keeps the rules of a history.
func Run(t *rapid.T, s Steps) {
	now := time.Duration(0)
	free := []history.Process{0, 1, 2}
	var busy []history.Process
	asked := map[history.Process]history.Input{}
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
			asked[p] = inputs(t)
			s.Invoke(p, node(), asked[p], now)
			busy = append(busy, p)
		case kind < 8 && len(busy) > 0:
			p := take(&busy)
			outcome := history.Outcome(rapid.IntRange(0, 2).Draw(t, "outcome"))
			out := answers(t, asked[p])
			s.Complete(p, out, outcome, rapid.SampledFrom([]string{"", "timeout", "a \"quoted\"\nline"}).Draw(t, "error"), now)
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
				err = ErrBroken
			} else {
				inForce[id] = !inForce[id]
			}
			s.Fault(id, phase, err, now)
		case kind == 9:
			n := rapid.SampledFrom([]history.NodeID{"n1", "n2"}).Draw(t, "leader")
			s.Leader(n, rapid.Uint64().Draw(t, "term"), now)
		}
	}
}

// ErrBroken is what a fault meets that does not work.
var ErrBroken = errors.New("it does not work")

// History records a random run in a file of dir and reads it back.
func History(t *rapid.T, dir string) history.History {
	path := filepath.Join(dir, "history.jsonl")
	defer os.Remove(path)
	r, err := history.Create(path)
	require.NoError(t, err)
	Run(t, Recording(t, r, func(history.Op) {}))
	require.NoError(t, r.Close())
	h, err := history.ReadFile(path)
	require.NoError(t, err)
	return h
}

// Recording records the steps of a run with r, and tells each operation that r completed.
func Recording(t *rapid.T, r *history.Recorder, completed func(history.Op)) Steps {
	return Steps{
		Invoke: func(p history.Process, n history.NodeID, in history.Input, now time.Duration) {
			require.NoError(t, r.Invoke(p, n, in, now))
		},
		Complete: func(p history.Process, out history.Output, outcome history.Outcome, errText string, now time.Duration) {
			op, err := r.Complete(p, out, outcome, errText, now)
			require.NoError(t, err)
			completed(op)
		},
		Fault: func(id int, phase string, err error, now time.Duration) {
			record := r.Inject
			if phase == "heal" {
				record = r.Heal
			}
			require.NoError(t, record(id, "kill", "kill n2", map[string]string{"node": "n2"}, err, now))
		},
		Leader: func(n history.NodeID, term uint64, now time.Duration) {
			require.NoError(t, r.Leader(n, term, now))
		},
	}
}
