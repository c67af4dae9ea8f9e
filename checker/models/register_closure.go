package models

import (
	"cmp"
	"slices"

	"senkei/history"
)

// closure returns how to complete a part of ops so that it may stand alone: with each
// operation r that observes a value goes every operation that may have stored that; but for
// those that had ended before an operation of the part began that ended before r began, if
// this one stored something, or found something else. Where that leaves none, one of them
// tells where the value came from: a write if there is one, which observes nothing.
//
// Let ops be legal, and take a legal order of them. In it the last store before r stored what
// r observed. It belongs to the part: one that was left out was followed by another store
// before r. With the rest left out, r finds the same.
func (Register) closure(ops []history.Op) func(part []int, most int) []int {
	storers := map[history.Value][]int{}
	for i, op := range ops {
		if v, ok := stores(op); ok {
			storers[v] = append(storers[v], i)
		}
	}
	origin := map[history.Value]int{}
	for v, list := range storers {
		slices.SortFunc(list, func(a, b int) int { return cmp.Compare(ops[b].Complete, ops[a].Complete) })
		origin[v] = list[max(0, slices.IndexFunc(list, func(i int) bool { return ops[i].In.F == history.Write }))]
	}
	return func(part []int, most int) []int {
		whole := slices.Clone(part)
		for next := 0; next < len(whole); next++ {
			r := ops[whole[next]]
			v, observes := saw(r)
			if r.In.F == history.CAS && r.Outcome == history.Unknown {
				v, observes = r.In.Expect, true
			}
			if !observes {
				continue
			}
			since := lastRenewal(ops, whole, v, r.Invoke)
			for k, i := range storers[v] {
				if ops[i].Complete < since {
					if k > 0 {
						break // and so had the others
					}
					i = origin[v]
				}
				if !slices.Contains(whole, i) {
					whole = append(whole, i)
				}
				if len(whole) > most {
					return nil
				}
			}
		}
		return whole
	}
}

// lastRenewal returns where the last operation of a part began that had ended before a
// position, and that stored something, or found something else than v; -1 if there is none.
func lastRenewal(ops []history.Op, part []int, v history.Value, position int) int {
	last := -1
	for _, i := range part {
		op := ops[i]
		_, changed := stores(op)
		if told(op) && op.Complete < position && (changed || op.Out.Value != v) {
			last = max(last, op.Invoke)
		}
	}
	return last
}

// closure completes as that of Register does, where it is known what the operations are to one.
func (KV) closure(ops []history.Op) func(part []int, most int) []int {
	if list, ok := registers(ops); ok {
		return Register{}.closure(list)
	}
	return func([]int, int) []int { return nil }
}
