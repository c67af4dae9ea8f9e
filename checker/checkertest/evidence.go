package checkertest

import "senkei/checker"

// Order returns the order that shows a verdict to be right; nil if none does.
func Order(v checker.Verdict) []int {
	var found order
	if v.Evidence != nil {
		v.Evidence.Visit(&found)
	}
	return found.ids
}

type order struct{ ids []int }

func (f *order) Order(o *checker.Order) { f.ids = o.IDs }

func (*order) Core(*checker.Core) {}
