package consistency

import (
	"context"
	"fmt"

	"senkei/checker"
	"senkei/history"
)

// causal judges causal consistency, of its three variants the weakest, CC: of each operation,
// what precedes it can be put into one order that explains its own result. It looks for the bad
// patterns of Bouajjani, Enea, Guerraoui and Hamza ("On verifying causal consistency", POPL
// 2017, table 2): ThinAirRead, CyclicCO, WriteCOInitRead and WriteCORead. The stronger variants
// of that paper, causal memory (CM) and causal convergence (CCv), add further patterns, so a
// break of CC breaks them too. A compare-and-set that swapped is a read and a write in one;
// those of others count as writes.
func (o *order) causal(ctx context.Context) Verdict {
	if len(o.impossible) > 0 {
		bad := o.impossible[0]
		return Verdict{Model: Causal, Status: checker.Invalid, Reason: history.Sentence(bad.why), Ops: o.ops(bad.access)}
	}
	if o.limit != "" {
		return o.undecided(Causal)
	}
	if o.cycle != nil {
		return o.circle(Causal)
	}
	for i := range o.accesses {
		d := &o.accesses[i]
		if i%1024 == 0 && ctx.Err() != nil {
			return Verdict{Model: Causal, Reason: "It was not decided in the time given."}
		}
		if !d.reads || d.from == untold {
			continue
		}
		if w, ok := o.overwriter(i); ok {
			return Verdict{Model: Causal, Status: checker.Invalid, Ops: o.ops(d.from, w, i),
				Reason: history.Sentence(fmt.Sprintf("%s %s although what it knew then included that %s %s, which is newer", o.process(i), o.saw(i), o.process(w), o.wrote(w)))}
		}
	}
	return o.undecided(Causal)
}

// overwriter returns a write in the causal past of access i that is newer than what i found. Of
// each session the last such write is enough, because what precedes one precedes those after.
func (o *order) overwriter(i int) (int, bool) {
	d := &o.accesses[i]
	for _, t := range o.touched[d.key] {
		known := int(o.past[i][t.session])
		if t.session == d.session {
			known = d.index - 1
		}
		if w, ok := until(known, t.writes); ok && w != d.from && o.older(d.from, w) {
			return w, true
		}
	}
	return 0, false
}
