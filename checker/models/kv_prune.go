package models

import (
	"slices"
	"strings"

	"senkei/history"
)

// prune does what that of Register does, where nothing is deleted or appended. Else it drops
// writes and appends of unknown outcome whose text nobody saw, at the beginning of a value or
// anywhere in it, for the reason given there: up to the next write or delete no operation can
// have a result, because it would be a value with that text. A write of a text stays if there
// are values of another kind, because an append may need it. Texts of several appends may
// look like that of one, so nothing says when an append took effect.
func (KV) prune(ops []history.Op) []history.Op {
	if asRegister(ops) {
		return Register{}.prune(ops)
	}
	for {
		seen, textOnly := observedValues(ops)
		kept := slices.DeleteFunc(slices.Clone(ops), func(op history.Op) bool {
			_, isText := op.In.Value.Text()
			candidate := op.In.F == history.Append || op.In.F != history.Delete && (textOnly || !isText)
			return op.Outcome == history.Unknown && candidate && unseen(op.In, seen)
		})
		if len(kept) == len(ops) {
			return kept
		}
		ops = kept // a compare-and-set that went may have been the last to expect something
	}
}

// observedValues returns the values that results and compare-and-sets speak of, and whether
// all values that are stored are texts.
func observedValues(ops []history.Op) (seen []history.Value, textOnly bool) {
	textOnly = true
	for _, op := range ops {
		if op.In.F == history.CAS {
			seen = append(seen, op.In.Expect)
		}
		if op.In.F == history.Read || op.In.F == history.CAS {
			seen = append(seen, op.Out.Value)
		}
		if _, isText := op.In.Value.Text(); op.In.Value != history.Absent && !isText {
			textOnly = false
		}
	}
	return seen, textOnly
}

// unseen reports whether none of the values shows that a write, a compare-and-set or an
// append was carried out.
func unseen(in history.Input, values []history.Value) bool {
	part, isText := in.Value.Text()
	return !slices.ContainsFunc(values, func(v history.Value) bool {
		whole, alsoText := v.Text()
		switch {
		case in.F == history.Append:
			return strings.Contains(whole, part)
		case isText && alsoText:
			return strings.HasPrefix(whole, part)
		default:
			return v == in.Value
		}
	})
}
