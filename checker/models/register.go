package models

import (
	"fmt"

	"senkei/checker/model"
	"senkei/history"
)

// Register is one cell that is read, written, and compared and set. It begins absent,
// and nothing makes it absent again.
type Register struct{}

var (
	_ model.Hinter[history.Value]    = Register{}
	_ model.Cell[history.Value]      = Register{}
	_ model.Explainer[history.Value] = Register{}
)

// ID returns "register".
func (Register) ID() string { return "register" }

// Name returns "register".
func (Register) Name() string { return "register" }

// Hints returns what is known of its operations.
func (m Register) Hints() model.Hints[history.Value] {
	return model.Hints[history.Value]{Prune: m.prune, Removable: m.removable, Closure: m.closure}
}

// Init returns history.Absent.
func (Register) Init() history.Value { return history.Absent }

// Step applies op to a register that holds s.
func (Register) Step(s history.Value, op history.Op) (next history.Value, ok bool) {
	switch op.In.F {
	case history.Read:
		return s, op.Outcome != history.OK || op.Out.Value == s
	case history.Write:
		return op.In.Value, true
	case history.CAS:
		switch {
		case op.Outcome == history.OK && !op.Out.Swapped:
			return s, s == op.Out.Value && s != op.In.Expect
		case s == op.In.Expect:
			return op.In.Value, true
		default:
			return s, op.Outcome != history.OK
		}
	default:
		foreign("register", op.In)
		return s, false
	}
}

// Access says what op does to the register.
func (Register) Access(op *history.Op) model.Access[history.Value] {
	told := op.Outcome == history.OK
	switch {
	case op.In.F == history.Write:
		return model.Access[history.Value]{Kind: model.Stores, Stored: op.In.Value}
	case op.In.F == history.CAS && (!told || op.Out.Swapped):
		return model.Access[history.Value]{Kind: model.Swaps, Found: op.In.Expect, Stored: op.In.Value}
	case !told:
		return model.Access[history.Value]{Kind: model.Nothing}
	case op.In.F == history.CAS && op.Out.Value == op.In.Expect:
		return model.Access[history.Value]{Kind: model.Contradicts}
	default:
		return model.Access[history.Value]{Kind: model.Finds, Found: op.Out.Value}
	}
}

// Why says what op claims of the register, and what that held.
func (Register) Why(s history.Value, op history.Op) string {
	switch {
	case op.In.F == history.Read:
		return fmt.Sprintf("it returned %s but the register held %s", op.Out.Value, s)
	case op.Out.Swapped:
		return fmt.Sprintf("it replaced %s but the register held %s", op.In.Expect, s)
	case op.Out.Value != s:
		return fmt.Sprintf("it found %s but the register held %s", op.Out.Value, s)
	default:
		return fmt.Sprintf("it was refused although the register held %s, as it expected", s)
	}
}

// saw returns what the register must have held when op took effect, if its result says.
func saw(op history.Op) (history.Value, bool) {
	switch {
	case op.Outcome != history.OK || op.In.F != history.Read && op.In.F != history.CAS:
		return history.Absent, false
	case op.Out.Swapped:
		return op.In.Expect, true
	default:
		return op.Out.Value, true
	}
}

// stores returns what op may have stored.
func stores(op history.Op) (history.Value, bool) {
	refused := op.In.F == history.CAS && op.Outcome == history.OK && !op.Out.Swapped
	if op.In.F == history.Read || refused || op.Outcome == history.Failed {
		return history.Absent, false
	}
	return op.In.Value, true
}

// Infer infers nothing: Access tells all.
func (Register) Infer([]history.Op) (model.Cell[history.Value], bool) { return nil, false }
