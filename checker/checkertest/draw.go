package checkertest

import (
	"fmt"
	"slices"
	"strings"

	"senkei/history"
)

// Draw returns the operations of a drawing, by Invoke: one a line, first what was asked and
// answered, and then when it was open.
//
//	write 1      |--|
//	cas 1 2        |-----|
//	cas 1 3 = 2       |----|
//	read = 2    |-?
//	append "a"            |--x
//	txn w x 1, r y = 2        |--|
//
// The columns are positions in the history, no two events in the same one. A compare-and-set
// names what it expected and what it stored, and what it found instead if it was refused. An
// operation ends known (|), of unknown outcome (?) or failed (x). IDs are the numbers of the lines.
func Draw(drawing string) []history.Op {
	var ops []history.Op
	for _, line := range strings.Split(strings.Trim(drawing, "\n"), "\n") {
		says, bar, ok := strings.Cut(line, "|")
		if !ok {
			panic(fmt.Sprintf("checkertest: %q does not say when", line))
		}
		bar = strings.TrimRight(bar, " \t")
		op := history.Op{ID: len(ops), Process: history.Process(len(ops)), Invoke: len(says), Complete: len(says) + len(bar)}
		op.In, op.Out = call(strings.TrimSpace(says))
		switch bar[len(bar)-1] {
		case '|':
			op.Outcome = history.OK
		case 'x':
			op.Outcome = history.Failed
		default:
			op.Complete, op.Out = history.Never, history.Output{}
		}
		ops = append(ops, op)
	}
	slices.SortFunc(ops, func(a, b history.Op) int { return a.Invoke - b.Invoke })
	return ops
}

// call reads what was asked and answered.
func call(text string) (in history.Input, out history.Output) {
	name, rest, _ := strings.Cut(text, " ")
	if in.F = history.Func(name); in.F == history.Txn {
		return transaction(rest)
	}
	asked, answered, hasAnswer := strings.Cut(" "+rest+" ", " = ")
	values := strings.Fields(asked)
	out.Value = history.Value(strings.TrimSpace(answered))
	switch {
	case in.F == history.CAS:
		in.Expect, in.Value = history.Value(values[0]), history.Value(values[1])
		out.Swapped = !hasAnswer
	case len(values) > 0:
		in.Value = history.Value(values[0])
	}
	return in, out
}

// transaction reads "w x 1, r y = 2".
func transaction(text string) (in history.Input, out history.Output) {
	var asked, done []history.Micro
	for _, part := range strings.Split(text, ",") {
		words := strings.Fields(part)
		m := history.Micro{F: map[string]history.Func{"r": history.Read, "w": history.Write, "append": history.Append}[words[0]], Key: words[1]}
		if len(words) > 2 {
			m.Value = history.Value(words[len(words)-1])
		}
		done = append(done, m)
		if m.F == history.Read {
			m.Value = history.Absent
		}
		asked = append(asked, m)
	}
	return history.Input{F: history.Txn, Value: history.Transaction(asked...)}, history.Output{Value: history.Transaction(done...)}
}
