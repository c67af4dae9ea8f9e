package verify

import (
	"errors"
	"fmt"
	"slices"

	"senkei/checker/certificate"
	"senkei/history"
)

// Model is what verifying needs of a model.Model. Step looks at a request, its outcome and,
// if that is OK, its result.
type Model[S comparable] interface {
	ID() string
	Init() S
	Step(s S, op history.Op) (next S, ok bool)
}

// ErrTooLarge is that a core has more orders than can be tried: it is neither right nor wrong.
var ErrTooLarge = errors.New("its core has too many orders to try them all")

// Certificate returns nil if c proves what it claims of h, which m must know, and ErrTooLarge
// if nothing else is wrong. Orders take linear time; cores that, and time to try their orders.
func Certificate[S comparable](m Model[S], h history.History, c certificate.Certificate) error {
	if c.Model != m.ID() || c.History != certificate.Digest(h) {
		return fmt.Errorf("it is of another history, or not of the model %s", m.ID())
	}
	n, tooLarge, placed := 0, error(nil), make([]bool, len(h.Ops))
	for key, ops := range h.ByKey() {
		if n == len(c.Keys) || c.Keys[n].Key != key {
			return fmt.Errorf("key %q is missing, or not in its place", key)
		}
		var err error
		switch k := c.Keys[n]; k.Status {
		case certificate.Valid:
			err = legal(m, key, k.Order, h, ops, placed)
		case certificate.Invalid:
			err = illegal(m, *k.Violation, ops)
		}
		if errors.Is(err, ErrTooLarge) {
			tooLarge = fmt.Errorf("key %q: %w", key, err)
		} else if err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
		n++
	}
	if n < len(c.Keys) {
		return fmt.Errorf("key %q is not one of the history, or stands there twice", c.Keys[n].Key)
	}
	return tooLarge
}

// legal checks an order: it holds what happened of ops, the model allows it, and nothing in it
// had ended before something to the left began. What it meets, it marks in placed.
func legal[S comparable](m Model[S], key string, order []int, h history.History, ops []history.Op, placed []bool) error {
	state, latest := m.Init(), -1 // latest is where the last one began
	for _, id := range order {
		if id < 0 || id >= len(h.Ops) || h.Ops[id].In.Key != key || h.Ops[id].Outcome == history.Failed || placed[id] {
			return fmt.Errorf("operation %d in its order failed, stands there twice, or is not one of this key", id)
		}
		op := h.Ops[id]
		next, ok := m.Step(state, op)
		if !ok {
			return fmt.Errorf("operation %d, %s, is not what the model allows there in its order", id, op)
		}
		if op.Outcome == history.OK && op.Complete < latest {
			return fmt.Errorf("operation %d, %s, had ended before one to the left of it in its order began", id, op)
		}
		state, latest, placed[id] = next, max(latest, op.Invoke), true
	}
	missing := func(op history.Op) bool { return op.Outcome == history.OK && !placed[op.ID] }
	if i := slices.IndexFunc(ops, missing); i >= 0 {
		return fmt.Errorf("operation %d, %s, is missing in its order", ops[i].ID, ops[i])
	}
	return nil
}

// illegal checks a violation: of what was known of ops at the cut, all but the core may be
// left out, and the core has no legal order. Then ops have none: up to the last that had
// ended by the cut it would be one of what was known, since what began later comes later.
func illegal[S comparable](m Model[S], v certificate.Violation, ops []history.Op) error {
	var core []history.Op
	for _, op := range ops {
		if n := len(core); n < len(v.Core) && v.Core[n] == op.ID && known(m.ID(), &op, v) {
			core = append(core, op)
		}
	}
	if n := len(core); n < len(v.Core) {
		return fmt.Errorf("operation %d in its core failed, was not known at the cut, is not one of this key, or stands in the wrong place", v.Core[n])
	}
	removable := Removable(m.ID(), core)
	for _, op := range ops {
		if _, stays := slices.BinarySearch(v.Core, op.ID); !stays && known(m.ID(), &op, v) && !removable(op) {
			return fmt.Errorf("operation %d, %s, is missing in its core", op.ID, op)
		}
	}
	return refute(m, core)
}

// known makes of op what was known of it at the cut, within the parts that the violation is
// of, and reports whether it may have happened there.
func known(model string, op *history.Op, v certificate.Violation) (may bool) {
	if *op, may = op.KnownAt(v.Cut); may && divisible[model] {
		*op, may = op.Within(v.Parts)
	}
	return may
}

// divisible has the models of which a legal order of what operations did within some parts is
// left when the rest of a legal order is left out. Of unknown outcome, one may do nothing.
var divisible = map[string]bool{"store": true, "set": true, "list": true}
