package checker

import "senkei/history"

// Evidence is what shows that a verdict is right. It is of one of the kinds that an
// EvidenceVisitor knows, so that a new kind is a compile error wherever it is not handled yet.
type Evidence interface {
	// Visit calls the method of v for this kind of evidence.
	Visit(v EvidenceVisitor)
}

// EvidenceVisitor handles each kind of evidence.
type EvidenceVisitor interface {
	Order(*Order)
	Core(*Core)
}

// Order shows that the operations of a key are linearizable: it is an order that the model
// allows and that keeps every operation before those that began after its end.
type Order struct {
	// IDs are those of the operations in the order: all that are known to have happened, and
	// those of unknown outcome that did.
	IDs []int `json:"ids"`
}

// Core shows that the operations of one key are not linearizable, by a few of them that
// cannot be ordered.
type Core struct {
	Key string `json:"key"`
	// Parts names the parts of the object that show the violation: keys of a store, or
	// elements of a set or a list. All below but Culprit is what was done within these, see
	// history.Op.Within. Empty, nothing is left out like that.
	Parts []string `json:"parts,omitempty"`
	// Sentences tell the violation to a person, the most important one first. There is
	// at least one.
	Sentences []string `json:"sentences"`
	// Culprit is the operation at whose completion the history stopped being
	// linearizable: the end of the shortest bad prefix.
	Culprit history.Op `json:"culprit"`
	// Ops is the shortest bad prefix of the key, cut down to operations that matter; it is
	// itself not linearizable. Culprit is one of them, unless its result shows only what
	// another operation of unknown outcome did not do. An operation that was still open
	// when Culprit completed stands in it with an unknown outcome.
	Ops []history.Op `json:"core"`
	// Order holds the IDs of a legal order within Ops that cannot go on, and State what
	// the model held after it.
	Order []int  `json:"order"`
	State string `json:"state"`
	// Refused lists each operation that could have come next, with the model's reason.
	Refused []Refusal `json:"refused"`
	// Faults were in force between the first completion in Ops and that of Culprit.
	Faults []history.Span `json:"faults"`
}

// Refusal is one operation that could have come next and why the model refused it.
type Refusal struct {
	Op     history.Op `json:"op"`
	Reason string     `json:"reason"`
}

// Visit calls v.Order.
func (o *Order) Visit(v EvidenceVisitor) { v.Order(o) }

// Visit calls v.Core.
func (c *Core) Visit(v EvidenceVisitor) { v.Core(c) }

// CoreOf returns the evidence if it is a core, and else nil, for what makes sense of no other
// kind. What shows evidence to somebody implements an EvidenceVisitor instead.
func CoreOf(e Evidence) *Core {
	var found coreOnly
	if e != nil {
		e.Visit(&found)
	}
	return found.core
}

// coreOnly is a visitor that keeps a core.
type coreOnly struct{ core *Core }

func (*coreOnly) Order(*Order) {}

func (f *coreOnly) Core(c *Core) { f.core = c }
