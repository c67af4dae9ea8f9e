package linearizable

import (
	"cmp"
	"slices"

	"senkei/checker"
	"senkei/checker/certificate"
	"senkei/checker/linearizable/minimize"
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
// illegal as well. With what adds a value goes what shows that value, since a model may go by
// where it stands there.
func completed(model string, ops []history.Op, core checker.Core) *certificate.Violation {
	known := minimize.Within(slices.DeleteFunc(minimize.Prefix(ops, core.Culprit), func(op history.Op) bool { return op.Outcome == history.Failed }), core.Parts)
	chosen := map[int]bool{}
	for _, op := range core.Ops {
		chosen[op.ID] = true
	}
	for {
		some := slices.DeleteFunc(slices.Clone(known), func(op history.Op) bool { return !chosen[op.ID] })
		removable, added := verify.Removable(model, some), map[history.Value]bool{}
		for _, op := range known {
			if !chosen[op.ID] && !removable(op) {
				chosen[op.ID], added[op.In.Value] = true, true
			}
		}
		if len(added) == 0 {
			v := &certificate.Violation{Cut: core.Culprit.Complete, Parts: core.Parts}
			for _, op := range some {
				v.Core = append(v.Core, op.ID)
			}
			return v
		}
		for _, op := range known {
			shows := func(v history.Value) bool { return added[v] }
			chosen[op.ID] = chosen[op.ID] || slices.ContainsFunc(slices.Collect(op.Out.Value.Elements()), shows)
		}
	}
}
