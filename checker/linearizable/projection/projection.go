package projection

import (
	"senkei/checker/model"
	"senkei/history"
)

// Model is a cell of which only one question is asked: does it hold a certain value?
// Its operations are those of the cell as far as they bear on that, so that a history whose
// projection is not linearizable is not linearizable either; the other way round that does
// not hold. There are but two states and few kinds of operations, so a search goes astray
// much less often than in the history itself, where values come again and again.
type Model struct{}

var (
	_ model.Model[bool]  = Model{}
	_ model.Hinter[bool] = Model{}
)

const (
	Finds    history.Func  = "finds"
	Stores   history.Func  = "stores"
	Swaps    history.Func  = "swaps"
	nonsense history.Func  = "nonsense"
	It       history.Value = "it"
	Other    history.Value = "other"
)

func (Model) ID() string   { return "projection" }
func (Model) Name() string { return "projection" }
func (Model) Init() bool   { return false }

// Step keeps whether the cell holds the value. A swap of one other value for something may
// find a third one: if its outcome is unknown, it need not have taken effect, and then it is
// not used at all.
func (Model) Step(holds bool, op history.Op) (next, ok bool) {
	told := op.Outcome == history.OK
	fits := holds == (op.In.Expect == It)
	switch op.In.F {
	case Finds:
		return holds, fits
	case Stores:
		return op.In.Value == It, true
	case Swaps:
		if !fits {
			return holds, !told
		}
		return op.In.Value == It, true
	default:
		return holds, false
	}
}

func (Model) Admit(history.Input) error { return nil }

func (Model) Why(bool, history.Op) string { return "" }

func (Model) Hints() model.Hints[bool] {
	return model.Hints[bool]{Kind: func(op *history.Op) model.Kind {
		switch op.In.F {
		case Finds, nonsense:
			return model.Finds
		case Stores:
			return model.Stores
		default:
			return model.Transforms
		}
	}}
}

// Of returns ops, all of which the cell knows, as they bear on whether it holds a value. Where
// the cell holds that value in the beginning, they begin with a store of it.
func Of[S comparable](m model.Cell[S], ops []history.Op, value S) []history.Op {
	name := func(v S) history.Value {
		if v == value {
			return It
		}
		return Other
	}
	list := make([]history.Op, 0, len(ops)+1)
	if m.Init() == value {
		list = append(list, history.Op{
			Process: history.Nemesis, In: history.Input{F: Stores, Value: It}, Outcome: history.OK, Invoke: -2, Complete: -1,
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
			op.In = history.Input{F: Finds, Expect: name(does.Found)}
		case model.Stores:
			op.In = history.Input{F: Stores, Value: name(does.Stored)}
		case model.Swaps:
			op.In = history.Input{F: Swaps, Expect: name(does.Found), Value: name(does.Stored)}
		case model.Contradicts:
			op.In = history.Input{F: nonsense}
		}
		list = append(list, op)
	}
	return list
}
