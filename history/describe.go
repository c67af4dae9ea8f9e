package history

import (
	"fmt"
	"strings"
)

// String describes the operation and its result, such as "read of k1 = 7",
// "write of 8 to k1", "cas of k1 from 7 to 8 (refused: found 9)", "dequeue = nothing",
// "txn [r x = 3, append y 4]". An empty key is left out.
func (o Op) String() string {
	text := o.deed()
	switch o.Outcome {
	case Unknown:
		text += " (outcome unknown)"
	case Failed:
		text += " (failed)"
	}
	return text
}

func (o Op) deed() string {
	in := o.In
	switch in.F {
	case Read, Dequeue, Drain:
		return string(in.F) + o.key(" of ") + o.found()
	case Write, Append, Add, Enqueue:
		text := fmt.Sprintf("%s of %s%s", in.F, in.Value, o.key(" to "))
		if in.F == Append && o.Outcome == OK && o.Out.Value != Absent {
			text += " at offset " + o.Out.Value.String()
		}
		return text
	case CAS:
		text := fmt.Sprintf("cas%s from %s to %s", o.key(" of "), in.Expect, in.Value)
		if o.Outcome == OK && !o.Out.Swapped {
			text += fmt.Sprintf(" (refused: found %s)", o.Out.Value)
		}
		return text
	case Poll:
		return fmt.Sprintf("poll%s from offset %s%s", o.key(" of "), in.Value, o.found())
	case Txn:
		done := in.Value
		if o.Outcome == OK {
			done = o.Out.Value
		}
		return "txn" + o.key(" of ") + " " + DescribeTransaction(done)
	default: // Delete, Acquire, Release
		text := string(in.F) + o.key(" of ")
		if token := in.Value + o.Out.Value; token != Absent {
			text += " with token " + token.String()
		}
		return text
	}
}

func (o Op) key(preposition string) string {
	if o.In.Key == "" {
		return ""
	}
	return preposition + o.In.Key
}

func (o Op) found() string {
	if o.Outcome != OK {
		return ""
	}
	return " = " + o.Out.Value.String()
}

// DescribeTransaction writes what Transaction made as a person reads it, such as
// "[r x = 3, append y 4]"; of a long transaction only the beginning.
func DescribeTransaction(v Value) string {
	const most = 8
	var parts []string
	n := 0
	for m := range v.Micros() {
		if n++; n <= most {
			parts = append(parts, m.String())
		}
	}
	if n > most {
		parts = append(parts, fmt.Sprintf("… %d more", n-most))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
