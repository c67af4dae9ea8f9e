package model

import (
	"slices"

	"senkei/history"
)

// HintsOf returns what a model knows; nothing if it is no Hinter.
func HintsOf[S comparable](m Model[S]) Hints[S] {
	if h, ok := m.(Hinter[S]); ok {
		return h.Hints()
	}
	return Hints[S]{}
}

// KindOf returns how to tell the kind of an operation of m.
func KindOf[S comparable](m Model[S]) func(op *history.Op) Kind {
	if c, ok := m.(Cell[S]); ok {
		return func(op *history.Op) Kind { return c.Access(op).Kind }
	}
	if kind := HintsOf(m).Kind; kind != nil {
		return kind
	}
	return func(*history.Op) Kind { return Transforms }
}

// Knows reports whether there is a cell, and it can tell what each of ops does to it.
func Knows[S comparable](c Cell[S], ops []history.Op) bool {
	for i := range ops {
		if c == nil || c.Access(&ops[i]).Kind == Transforms {
			return false
		}
	}
	return c != nil
}

// Relevant leaves out failed operations, which had no effect, and reads of unknown outcome,
// which constrain nothing.
func Relevant(ops []history.Op) []history.Op {
	return slices.DeleteFunc(slices.Clone(ops), func(op history.Op) bool {
		return op.Outcome == history.Failed || op.Outcome == history.Unknown && op.In.F == history.Read
	})
}
