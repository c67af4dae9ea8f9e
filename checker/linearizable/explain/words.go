package explain

import (
	"fmt"
	"strings"

	"senkei/checker"
	"senkei/history"
)

// Plainly tells a violation that the model has no story for.
func Plainly(e checker.Core) []string {
	said := []string{history.Sentence(fmt.Sprintf("no order of the operations explains %s: %s", e.Culprit.Subject(), e.Culprit))}
	for _, r := range e.Refused {
		if r.Op.ID == e.Culprit.ID {
			said = append(said, fmt.Sprintf("After the longest legal order found, of %d operations, it cannot come next: %s.", len(e.Order), r.Reason))
		}
	}
	return said
}

// Listed names the operations of a core, unless there are many.
func Listed(core []history.Op) []string {
	const most = 5
	if len(core) > most {
		return nil
	}
	var said []string
	for _, op := range core {
		said = append(said, fmt.Sprintf("Process %s%s: %s.", op.Process, op.On(), op))
	}
	return said
}

// AboutFaults tells which faults were in force while the culprit was open, at most
// three, or which one had been in force last.
func AboutFaults(e checker.Core) []string {
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
			fault(*last), history.Lapse(e.Culprit.Start-last.End, "before"), e.Culprit.In.F.Noun())}
	default:
		return []string{"No fault was in force at that time."}
	}
}

func duringCulprit(s history.Span, culprit history.Op) string {
	lapse := culprit.Start - s.Start
	switch {
	case s.From > culprit.Invoke:
		return fmt.Sprintf("The %s came into force %s the %s had begun.", fault(s), history.Lapse(-lapse, "after"), culprit.In.F.Noun())
	case lapse <= 0:
		return fmt.Sprintf("The %s was in force when the %s began.", fault(s), culprit.In.F.Noun())
	default:
		return fmt.Sprintf("The %s had been in force for %s when the %s began.", fault(s), history.Lasted(lapse), culprit.In.F.Noun())
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
