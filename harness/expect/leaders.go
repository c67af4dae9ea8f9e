package expect

import (
	"senkei/checker"
	"senkei/history"
)

// newLeader: another node than the one before leads in a higher term, and clients are
// served again, within the bound from the injection on.
func (e Expectation) newLeader(seen record, span history.Span) checker.Verdict {
	before, found := last(seen.within(0, span.Start))
	if !found {
		return unknown("no node was seen leading before the fault")
	}
	deadline := span.Start + e.Within
	next, elected := leader(seen.within(span.Start, deadline), before.Term)
	write, served := seen.written(span.Start, deadline)
	switch {
	case elected && next.Node == before.Node:
		return violated("another node than %s was expected to lead; %s leads again, in term %d at %s",
			before.Node, next.Node, next.Term, at(next.Told))
	case elected && served:
		return met("%s led in term %d; %s led in term %d after %s, and a write was acknowledged after %s",
			before.Node, before.Term, next.Node, next.Term, after(next.Told-span.Start), after(write.End-span.Start))
	case !seen.watched(deadline):
		return unknown("the run ended before %v had passed since the fault at %s", e.Within, at(span.Start))
	case elected:
		return violated("a write was expected within %v of the fault at %s; %s led in term %d, but none was acknowledged",
			e.Within, at(span.Start), next.Node, next.Term)
	default:
		return violated("a leader after %s in term %d was expected within %v of the fault at %s; none was seen",
			before.Node, before.Term, e.Within, at(span.Start))
	}
}

// recovery: some node leads and clients are served, within the bound from the healing on.
func (e Expectation) recovery(seen record, span history.Span) checker.Verdict {
	if span.To == history.Never {
		return unknown("the fault was never healed")
	}
	deadline := span.End + e.Within
	next, led := last(seen.within(span.End, deadline))
	write, served := seen.written(span.End, deadline)
	switch {
	case led && served:
		return met("%s led in term %d again, and a write was acknowledged %s after the healing began at %s",
			next.Node, next.Term, after(write.End-span.End), at(span.End))
	case !seen.watched(deadline):
		return unknown("the run ended before %v had passed since the healing began at %s", e.Within, at(span.End))
	case led:
		return violated("a write was expected within %v of the healing at %s; %s led in term %d, but none was acknowledged",
			e.Within, at(span.End), next.Node, next.Term)
	default:
		return violated("a leader was expected within %v of the healing at %s; none was seen", e.Within, at(span.End))
	}
}
