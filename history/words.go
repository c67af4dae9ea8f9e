package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// How an operation is worded, for everything that speaks of one: sentences of checkers,
// labels of pictures, lists on a terminal.

// Noun is what a sentence calls an operation of the function: "read", "compare-and-set",
// "transaction".
func (f Func) Noun() string {
	switch f {
	case CAS:
		return "compare-and-set"
	case Txn:
		return "transaction"
	default:
		return string(f)
	}
}

// String describes the request: "read of k1", "write of 8 to k1", "compare-and-set of k1
// from 7 to 8", "poll of k1 from offset 3", "transaction [r x, append y 4]". An empty key is
// left out.
func (in Input) String() string { return in.describe(in.Value) }

// describe describes the request with a value in the place of the one asked for, such as
// what a transaction did.
func (in Input) describe(value Value) string {
	text := in.F.Noun()
	switch in.F {
	case Write, Append, Add, Enqueue:
		return text + " of " + value.String() + in.key(" to ")
	case CAS:
		return fmt.Sprintf("%s%s from %s to %s", text, in.key(" of "), in.Expect, value)
	case Poll:
		return text + in.key(" of ") + " from offset " + value.String()
	case Txn:
		return text + in.key(" of ") + " " + describeTransaction(value)
	default: // Read, Delete, Dequeue, Drain, Acquire, Release
		return text + in.key(" of ")
	}
}

func (in Input) key(preposition string) string {
	if in.Key == "" {
		return ""
	}
	return preposition + ShowKey(in.Key)
}

// describeTransaction writes what Transaction made as a person reads it, such as
// "[r x = 3, append y 4]"; of a long transaction only the beginning.
func describeTransaction(v Value) string {
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

// String describes the operation and its result, such as "read of k1 = 7", "write of 8 to
// k1", "compare-and-set of k1 from 7 to 8 (refused: found 9)", "dequeue = nothing".
func (o Op) String() string {
	switch o.Outcome {
	case Unknown:
		return o.In.String() + o.token() + " (outcome unknown)"
	case Failed:
		return o.In.String() + o.token() + " (failed)"
	}
	text := o.In.describe(o.Done()) + o.token()
	switch o.In.F {
	case Read, Dequeue, Drain, Poll:
		return text + " = " + o.Out.Value.String()
	case Append:
		if o.Out.Value != Absent {
			return text + " at offset " + o.Out.Value.String()
		}
	case CAS:
		if !o.Out.Swapped {
			return text + fmt.Sprintf(" (refused: found %s)", o.Out.Value)
		}
	}
	return text
}

// Done is what the operation is about as far as is known: what it asked for, or what a
// transaction did.
func (o Op) Done() Value {
	if o.In.F == Txn && o.Outcome == OK {
		return o.Out.Value
	}
	return o.In.Value
}

// token names the token of a lock that was asked for or told.
func (o Op) token() string {
	token := o.In.Value + o.Out.Value
	if o.In.F != Acquire && o.In.F != Release || token == Absent {
		return ""
	}
	return " with token " + token.String()
}

// Label names the operation and its result in a few words, as a picture does: "write 57",
// "read → 41", "cas 1 → 2, found 3". Each value goes through fit, which may shorten it.
func (o Op) Label(fit func(string) string) string {
	show := func(v Value) string { return fit(v.String()) }
	in, ok := o.In, o.Outcome == OK
	switch in.F {
	case CAS:
		text := fmt.Sprintf("cas %s → %s", show(in.Expect), show(in.Value))
		if ok && !o.Out.Swapped {
			text += ", found " + show(o.Out.Value)
		}
		return text
	case Txn:
		return "txn " + fit(describeTransaction(o.Done()))
	}
	text := string(in.F)
	if in.Value != Absent {
		text += " " + show(in.Value)
	}
	if ok && (o.Out.Value != Absent || in.F == Read || in.F == Dequeue) {
		text += " → " + show(o.Out.Value)
	}
	return text
}

// Subject names the operation as a sentence does, and where it was asked for: "process 12's
// read of k3 on n1".
func (o Op) Subject() string {
	return fmt.Sprintf("process %s's %s%s%s", o.Process, o.In.F.Noun(), o.In.key(" of "), o.On())
}

// Request names the operation by what it asked for, without its key: "process 4's write of
// 57 on n2".
func (o Op) Request() string {
	in := o.In
	in.Key = ""
	return fmt.Sprintf("process %s's %s%s", o.Process, in, o.On())
}

// On returns " on n1" for an operation sent to n1, and nothing where the node is unknown.
func (o Op) On() string {
	if o.Node == "" {
		return ""
	}
	return " on " + printable(string(o.Node))
}

// Sentence makes a sentence of s, which is not empty: a capital first, a full stop last, at most
// 300 characters.
func Sentence(s string) string {
	return Shorten(strings.ToUpper(s[:1])+s[1:], sentenceRunes-1) + "."
}

// Lapse puts a time in front of a word, as in "312 ms before", and leaves it away where
// there is none, as in a history without times.
func Lapse(d time.Duration, word string) string {
	if d <= 0 {
		return word
	}
	return Lasted(d) + " " + word
}

// Lasted writes how long something took, with three digits at most: "850 ns", "1.25 ms",
// "12.5 s", "3600 s".
func Lasted(d time.Duration) string {
	unit, name := time.Second, "s"
	switch {
	case d < time.Microsecond:
		return strconv.FormatInt(int64(d), 10) + " ns"
	case d < time.Millisecond-time.Microsecond/2:
		unit, name = time.Microsecond, "µs"
	case d < time.Second-time.Millisecond/2:
		unit, name = time.Millisecond, "ms"
	}
	n := float64(d) / float64(unit)
	digits := 0
	switch {
	case n < 9.995:
		digits = 2
	case n < 99.95:
		digits = 1
	}
	text := strconv.FormatFloat(n, 'f', digits, 64)
	if digits > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text + " " + name
}
