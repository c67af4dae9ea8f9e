package linearizable

import (
	"senkei/checker/model"
	"senkei/history"
)

// projection is a cell of which only one question is asked: does it hold a certain value?
// Its operations are those of the cell as far as they bear on that, so that a history whose
// projection is not linearizable is not linearizable either; the other way round that does
// not hold. There are but two states and few kinds of operations, so a search goes astray
// much less often than in the history itself, where values come again and again.
type projection struct{}

var (
	_ model.Model[bool]  = projection{}
	_ model.Hinter[bool] = projection{}
)

const (
	finds    history.Func  = "finds"
	stores   history.Func  = "stores"
	swaps    history.Func  = "swaps"
	nonsense history.Func  = "nonsense"
	it       history.Value = "it"
	other    history.Value = "other"
)

func (projection) ID() string   { return "projection" }
func (projection) Name() string { return "projection" }
func (projection) Init() bool   { return false }

// Step keeps whether the cell holds the value. A swap of one other value for something may
// find a third one: if its outcome is unknown, it need not have taken effect, and then it is
// not used at all.
func (projection) Step(holds bool, op history.Op) (next, ok bool) {
	told := op.Outcome == history.OK
	fits := holds == (op.In.Expect == it)
	switch op.In.F {
	case finds:
		return holds, fits
	case stores:
		return op.In.Value == it, true
	case swaps:
		if !fits {
			return holds, !told
		}
		return op.In.Value == it, true
	default:
		return holds, false
	}
}

func (projection) Admit(history.Input) error { return nil }

func (projection) Why(bool, history.Op) string { return "" }

func (projection) Hints() model.Hints[bool] {
	return model.Hints[bool]{Kind: func(op *history.Op) model.Kind {
		switch op.In.F {
		case finds, nonsense:
			return model.Finds
		case stores:
			return model.Stores
		default:
			return model.Transforms
		}
	}}
}

// project returns ops, all of which the cell knows, as they bear on whether it holds a value.
// What began with the
// cell holding that value begins with a store of it.
func project[S comparable](m model.Cell[S], ops []history.Op, value S) []history.Op {
	name := func(v S) history.Value {
		if v == value {
			return it
		}
		return other
	}
	list := make([]history.Op, 0, len(ops)+1)
	if m.Init() == value {
		list = append(list, history.Op{
			Process: history.Nemesis, In: history.Input{F: stores, Value: it}, Outcome: history.OK, Invoke: -2, Complete: -1,
		})
	}
	for i := range ops {
		op := history.Op{Invoke: ops[i].Invoke, Complete: ops[i].Complete, Outcome: ops[i].Outcome}
		if op.Outcome == history.Unknown {
			op.Complete = history.Never // whatever was found out since
		}
		switch does := m.Access(&ops[i]); does.Kind {
		case model.Nothing:
			continue
		case model.Finds:
			op.In = history.Input{F: finds, Expect: name(does.Found)}
		case model.Stores:
			op.In = history.Input{F: stores, Value: name(does.Stored)}
		case model.Swaps:
			op.In = history.Input{F: swaps, Expect: name(does.Found), Value: name(does.Stored)}
		case model.Contradicts:
			op.In = history.Input{F: nonsense}
		}
		list = append(list, op)
	}
	return list
}
