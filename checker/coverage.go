package checker

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"senkei/history"
)

// Coverage judges whether a history can prove anything. It is Valid if each function of
// funcs succeeded at least once, for a compare-and-set by swapping; if each kind of
// faults was in force while an operation was open; and if two operations on one key
// overlapped. Else it is Unknown and names all that is missing. It is never Invalid.
func Coverage(funcs []history.Func, faults []string) Property {
	return coverage{funcs: funcs, faults: faults}
}

type coverage struct {
	funcs  []history.Func
	faults []string
}

func (coverage) Name() string { return "coverage" }

func (c coverage) Check(_ context.Context, h history.History, _ Limits) Verdict {
	missing := c.missing(h)
	if len(missing) == 0 {
		return Verdict{Property: c.Name(), Status: Valid}
	}
	return Verdict{Property: c.Name(), Summary: NothingProved, Reason: strings.Join(missing, "; ")}
}

// Unproven says why so many operations can prove nothing, whatever they are judged by: there is none,
// or none that succeeded. It is empty where neither is so.
func Unproven(operations, succeeded int) string {
	switch {
	case operations == 0:
		return "the history holds no operation, so there is nothing to judge"
	case succeeded == 0:
		return "no operation succeeded, so there is nothing to judge"
	default:
		return ""
	}
}

func (c coverage) missing(h history.History) []string {
	if len(h.Ops) == 0 {
		return []string{"no operation at all"}
	}
	var missing []string
	for _, f := range c.funcs {
		if !slices.ContainsFunc(h.Ops, func(op history.Op) bool { return op.In.F == f && Succeeded(op) }) {
			missing = append(missing, fmt.Sprintf("no %s succeeded", f))
		}
	}
	for _, kind := range c.faults {
		if text := c.absence(h, kind); text != "" {
			missing = append(missing, text)
		}
	}
	if !anyOverlap(h) {
		missing = append(missing, "no two operations on one key overlapped")
	}
	return missing
}

// Succeeded reports whether op ended well, for a compare-and-set by swapping.
func Succeeded(op history.Op) bool {
	return op.Outcome == history.OK && (op.In.F != history.CAS || op.Out.Swapped)
}

// absence says in what way faults of this kind are missing, and nothing if they are not.
func (c coverage) absence(h history.History, kind string) string {
	inForce := false
	for _, s := range h.Faults {
		if s.Kind != kind {
			continue
		}
		inForce = true
		if slices.ContainsFunc(h.Ops, func(op history.Op) bool { return op.Invoke <= s.To && op.Complete >= s.From }) {
			return ""
		}
	}
	if inForce {
		return fmt.Sprintf("no operation was open while the fault %s was in force", kind)
	}
	return fmt.Sprintf("the fault %s was never in force", kind)
}

// anyOverlap reports whether two operations on one key that may have had an effect were
// open at the same time.
func anyOverlap(h history.History) bool {
	for _, ops := range h.ByKey() {
		end := -1
		for _, op := range ops {
			if op.Outcome == history.Failed {
				continue
			}
			if op.Invoke < end {
				return true
			}
			end = max(end, op.Complete)
		}
	}
	return false
}
