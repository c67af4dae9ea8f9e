package checker

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"senkei/history"
)

// Noun is what a sentence calls an operation: "read", "write", "compare-and-set".
func Noun(op history.Op) string {
	switch op.In.F {
	case history.CAS:
		return "compare-and-set"
	case history.Txn:
		return "transaction"
	default:
		return string(op.In.F)
	}
}

// Subject names an operation as a sentence does, and where it was asked for:
// "process 12's read of k3 on n1".
func Subject(op history.Op) string {
	s := fmt.Sprintf("process %s's %s", op.Process, Noun(op))
	if op.In.Key != "" {
		s += " of " + op.In.Key
	}
	return s + On(op)
}

// On returns " on n1" for an operation sent to n1, and nothing where the node is unknown.
func On(op history.Op) string {
	if op.Node == "" {
		return ""
	}
	return " on " + string(op.Node)
}

// Sentence makes a sentence of s: a capital first, a full stop last.
func Sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// Lapse puts a time in front of a word, as in "312 ms before", and leaves it away where
// there is none, as in a history without times.
func Lapse(d time.Duration, word string) string {
	if d <= 0 {
		return word
	}
	return duration(d) + " " + word
}

func duration(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return strconv.FormatFloat(max(0.1, d.Seconds()*1000), 'f', 1, 64) + " ms"
	case d < 10*time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	default:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
}

// plainly tells a violation that the model has no story for.
func plainly(e Core) []string {
	said := []string{Sentence(fmt.Sprintf("no order of the operations explains %s: %s", Subject(e.Culprit), e.Culprit))}
	for _, r := range e.Refused {
		if r.Op.ID == e.Culprit.ID {
			said = append(said, fmt.Sprintf("After the longest legal order found, of %d operations, it cannot come next: %s.", len(e.Order), r.Reason))
		}
	}
	return said
}

// listed names the operations of a core, unless there are many.
func listed(core []history.Op) []string {
	const most = 5
	if len(core) > most {
		return nil
	}
	var said []string
	for _, op := range core {
		said = append(said, fmt.Sprintf("Process %s%s: %s.", op.Process, On(op), op))
	}
	return said
}

// aboutFaults tells which faults were in force while the culprit was open, at most
// three, or which one had been in force last.
func aboutFaults(e Core) []string {
	const most = 3
	var said []string
	var last *history.Span
	for i, s := range e.Faults {
		switch {
		case s.To < e.Culprit.Invoke:
			if last == nil || s.To > last.To {
				last = &e.Faults[i]
			}
		case len(said) < most:
			said = append(said, duringCulprit(s, e.Culprit))
		}
	}
	switch {
	case len(said) > 0:
		return said
	case last != nil:
		return []string{fmt.Sprintf("The %s had been healed %s the %s began.",
			fault(*last), Lapse(e.Culprit.Start-last.End, "before"), Noun(e.Culprit))}
	default:
		return []string{"No fault was in force at that time."}
	}
}

func duringCulprit(s history.Span, culprit history.Op) string {
	lapse := culprit.Start - s.Start
	switch {
	case s.From > culprit.Invoke:
		return fmt.Sprintf("The %s came into force %s the %s had begun.", fault(s), Lapse(-lapse, "after"), Noun(culprit))
	case lapse <= 0:
		return fmt.Sprintf("The %s was in force when the %s began.", fault(s), Noun(culprit))
	default:
		return fmt.Sprintf("The %s had been in force for %s when the %s began.", fault(s), duration(lapse), Noun(culprit))
	}
}

// fault names a fault without saying its kind twice, as in "partition 'n1 cut off from
// n2'".
func fault(s history.Span) string {
	text := strings.TrimLeft(strings.TrimPrefix(s.Text, s.Kind), ": ")
	if text == "" {
		return s.Kind
	}
	return fmt.Sprintf("%s '%s'", s.Kind, text)
}
