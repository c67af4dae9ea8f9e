package linearizable

import (
	"cmp"
	"slices"

	"senkei/checker"
	"senkei/checker/certificate"
	"senkei/checker/verify"
	"senkei/history"
)

// Certify makes a certificate of what v, the merged verdict of a linearizability check with
// Limits.Orders, found of each key of h by the model of that name. A key of which no proof
// is at hand, or no verdict, becomes unknown.
func Certify(model string, h history.History, v checker.Verdict) certificate.Certificate {
	parts := map[string]checker.Verdict{}
	for _, part := range v.Parts {
		parts[part.Key] = part
	}
	c := certificate.Certificate{Model: model, History: certificate.Digest(h)}
	for key, ops := range h.ByKey() {
		c.Keys = append(c.Keys, certify(model, key, ops, parts[key]))
	}
	return c
}

func certify(model, key string, ops []history.Op, v checker.Verdict) certificate.Key {
	happened := slices.ContainsFunc(ops, func(op history.Op) bool { return op.Outcome == history.OK })
	switch {
	case v.Evidence != nil:
		p := proofOf{model: model, ops: ops, key: certificate.Key{Key: key}}
		v.Evidence.Visit(&p)
		return p.key
	case v.Status == checker.Valid && !happened:
		return certificate.Key{Key: key, Status: certificate.Valid}
	case v.Status == checker.Valid:
		return certificate.Undecided(key, "it is valid, but the checker kept no order that shows it")
	default:
		return certificate.Undecided(key, cmp.Or(v.Reason, "it was not judged"))
	}
}

// proofOf is a visitor that makes the proof of a key out of the evidence of its verdict.
type proofOf struct {
	model string
	ops   []history.Op
	key   certificate.Key
}

func (p *proofOf) Order(o *checker.Order) { p.key.Status, p.key.Order = certificate.Valid, o.IDs }

func (p *proofOf) Core(c *checker.Core) {
	p.key.Status, p.key.Violation = certificate.Invalid, completed(p.model, p.ops, *c)
}

// completed returns the operations of a core as a certificate has them, with what the verifier
// does not let go: some models know more of what can be left out than it does. What they left
// out of more operations they could have left out of these, so that the completed core is
// illegal as well.
func completed(model string, ops []history.Op, core checker.Core) *certificate.Violation {
	known := within(slices.DeleteFunc(prefix(ops, core.Culprit), func(op history.Op) bool { return op.Outcome == history.Failed }), core.Parts)
	chosen := map[int]bool{}
	for _, op := range core.Ops {
		chosen[op.ID] = true
	}
	v := &certificate.Violation{Cut: core.Culprit.Complete, Parts: core.Parts}
	for _, op := range verify.Complete(model, known, chosen) {
		v.Core = append(v.Core, op.ID)
	}
	return v
}
