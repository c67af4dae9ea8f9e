package models

import (
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// membership tells where elements came from, of a collection that only grows and that is read
// as a whole.
type membership struct {
	ops   []history.Op
	added string                    // what was done to elements, such as "appended"
	adder func(v history.Value) int // position of what put v in, first if there were several, or nowhere
	shows func(v history.Value) int // position of a read that returned v
}

// refute explains two operations that crossed: no order has early before late, and yet it had
// ended before that began.
func (m membership) refute(early, late int) model.Decision {
	x, y := m.ops[early], m.ops[late]
	proof := []int{early, late}
	switch {
	case x.In.F != history.Read && y.In.F == history.Read:
		return m.refuted([]history.Value{x.In.Value}, proof, "a read lacks %s, which had been %s before it began", x.In.Value, m.added)
	case y.In.F == history.Read:
		v := lacking(x, y)
		return m.refuted([]history.Value{v}, proof, "a read lacks %s, which another one had returned before it began", v)
	case x.In.F == history.Read:
		return m.refuted([]history.Value{y.In.Value}, proof, "a read returned %s before the first %s of it began", y.In.Value, y.In.F)
	default:
		read, how := m.shows(y.In.Value), "but lacks"
		if slices.Contains(slices.Collect(m.ops[read].Out.Value.Elements()), x.In.Value) {
			how = "before"
		}
		return m.refuted([]history.Value{x.In.Value, y.In.Value}, append(proof, read), "a read returned %[1]s %[2]s %[3]s, which had been %[4]s before %[1]s was",
			y.In.Value, how, x.In.Value, m.added)
	}
}

// lacking returns an element that one read returned and another one did not.
func lacking(one, other history.Op) history.Value {
	has := map[history.Value]bool{}
	for v := range other.Out.Value.Elements() {
		has[v] = true
	}
	for v := range one.Out.Value.Elements() {
		if !has[v] {
			return v
		}
	}
	return history.Absent
}

// refuted returns the decision that some operations prove within some elements, with what put
// those of them in that they returned.
func (m membership) refuted(elements []history.Value, proof []int, why string, args ...any) model.Decision {
	var parts []string
	for _, v := range elements {
		parts = append(parts, string(v))
		returned := slices.ContainsFunc(proof, func(i int) bool { return slices.Contains(slices.Collect(m.ops[i].Out.Value.Elements()), v) })
		if by := m.adder(v); by != nowhere && returned {
			proof = append(proof, by)
		}
	}
	d := refuted(proof, why, args...)
	d.Parts = parts
	return d
}
