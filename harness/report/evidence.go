package report

import (
	"fmt"

	"senkei/checker"
	"senkei/history"
)

// evidenceView is what the page shows of a verdict's evidence: for each kind a section of its
// own, and the operations that all drawings mark. It is a checker.EvidenceVisitor.
type evidenceView struct {
	report      Report
	clock       clock
	explanation *explanation
	marked      *marked
}

// marked are the operations that evidence is about. A nil one marks none.
type marked struct {
	key     string
	ops     []history.Op
	culprit history.Op // at whose end the property was broken; it need not be among ops
}

func newEvidenceView(r Report, c clock) evidenceView {
	v := evidenceView{report: r, clock: c}
	if r.Verdict.Evidence != nil {
		r.Verdict.Evidence.Visit(&v)
	}
	return v
}

// Order adds nothing: that there is an order is what the verdict says.
func (v *evidenceView) Order(*checker.Order) {}

// Core explains the violation and draws its operations.
func (v *evidenceView) Core(c *checker.Core) {
	v.explanation = newExplanation(c, v.report, v.clock)
	if len(c.Ops) > 0 {
		v.marked = &marked{key: c.Key, ops: c.Ops, culprit: c.Culprit}
	}
}

// explanation is the section about a core.
type explanation struct {
	Lead    string   // the first sentence
	Story   []string // the others
	Key     string
	Order   []step
	From    int // the number of the first step that is listed
	State   string
	Refused []step
	View    *violationView
}

// step is one operation of the longest legal order, or one that was refused after it.
type step struct{ Op, Who, Reason string }

// The most entries of an explanation that the page lists.
const (
	maxSentences = 20
	maxOrder     = 60
	maxRefused   = 40
)

func newExplanation(e *checker.Core, r Report, c clock) *explanation {
	f := &explanation{Key: clip(e.Key, nameRunes), State: clip(e.State, valueRunes)}
	if s := clipAll(e.Sentences, sentenceRunes, maxSentences); len(s) > 0 {
		f.Lead, f.Story = s[0], s[1:]
	}
	core := map[int]history.Op{}
	for _, op := range e.Ops {
		core[op.ID] = op
	}
	f.From = max(len(e.Order)-maxOrder, 0) + 1
	for _, id := range e.Order[f.From-1:] {
		f.Order = append(f.Order, step{Op: label(core[id]), Who: who(core[id])})
	}
	for _, refused := range e.Refused[:min(len(e.Refused), maxRefused)] {
		f.Refused = append(f.Refused, step{Op: label(refused.Op), Who: who(refused.Op), Reason: clip(refused.Reason, sentenceRunes)})
	}
	f.View = newViolationView(e, r, c)
	return f
}

// who names the process and the node of an operation.
func who(op history.Op) string {
	text := fmt.Sprintf("process %d", op.Process)
	if op.Node != "" {
		text += " on " + clip(string(op.Node), nameRunes)
	}
	return text
}

// involvement is what an operation, or a message of it, has to do with the violation.
type involvement uint8

const (
	notInvolved involvement = iota
	inCore
	isCulprit
)

// involved finds out what each marked operation has to do with the violation, by its ID.
func (m *marked) involved() map[int]involvement {
	by := map[int]involvement{}
	if m != nil {
		for _, op := range m.ops {
			by[op.ID] = inCore
		}
		by[m.culprit.ID] = isCulprit
	}
	return by
}
