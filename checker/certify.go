package checker

import (
	"cmp"
	"slices"

	"senkei/checker/certificate"
	"senkei/checker/verify"
	"senkei/history"
)

// Certify makes a certificate of what v, the merged verdict of a linearizability check with
// Limits.Orders, found of each key of h by the model of that name. A key of which no proof
// is at hand, or no verdict, becomes unknown.
func Certify(model string, h history.History, v Verdict) certificate.Certificate {
	parts := map[string]Verdict{}
	for _, part := range v.Parts {
		parts[part.Key] = part
	}
	c := certificate.Certificate{Model: model, History: certificate.Digest(h)}
	for key, ops := range h.ByKey() {
		c.Keys = append(c.Keys, certify(model, key, ops, parts[key]))
	}
	return c
}

func certify(model, key string, ops []history.Op, v Verdict) certificate.Key {
	happened := slices.ContainsFunc(ops, func(op history.Op) bool { return op.Outcome == history.OK })
	switch {
	case v.Evidence != nil:
		p := proofOf{model: model, ops: ops, key: certificate.Key{Key: key}}
		v.Evidence.Visit(&p)
		return p.key
	case v.Status == Valid && !happened:
		return certificate.Key{Key: key, Status: certificate.Valid}
	case v.Status == Valid:
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

func (p *proofOf) Order(o *Order) { p.key.Status, p.key.Order = certificate.Valid, o.IDs }

func (p *proofOf) Core(c *Core) {
	p.key.Status, p.key.Violation = certificate.Invalid, complete(p.model, p.ops, *c)
}

// complete puts into the core of an explanation what the verifier does not let go: some models
// know more of what can be left out than it does. What they left out of more operations they
// could have left out of these, so that the completed core is illegal as well: with the append
// to a log go the polls that tell where its entry is, since a log goes by that.
func complete(model string, ops []history.Op, e Core) *certificate.Violation {
	known := within(slices.DeleteFunc(prefix(ops, e.Culprit), func(op history.Op) bool { return op.Outcome == history.Failed }), e.Parts)
	chosen := map[int]bool{}
	for _, op := range e.Ops {
		chosen[op.ID] = true
	}
	for {
		var core []history.Op
		v := &certificate.Violation{Cut: e.Culprit.Complete, Parts: e.Parts}
		for _, op := range known {
			if chosen[op.ID] {
				core, v.Core = append(core, op), append(v.Core, op.ID)
			}
		}
		spare, entries := verify.Spare(model, core), map[history.Value]bool{}
		for _, op := range known {
			if !chosen[op.ID] && !spare(op) {
				chosen[op.ID] = true
				entries[op.In.Value] = op.In.F == history.Append
			}
		}
		if len(entries) == 0 {
			return v
		}
		for _, op := range known {
			tells := func(v history.Value) bool { return entries[v] }
			if op.In.F == history.Poll && slices.ContainsFunc(slices.Collect(op.Out.Value.Elements()), tells) {
				chosen[op.ID] = true
			}
		}
	}
}
