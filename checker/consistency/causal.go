package consistency

import (
	"context"
	"fmt"
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
		return o.broken(Causal, o.impossible[0].why, o.impossible[0].access)
	}
	if o.limit != "" {
		return o.undecided(Causal)
	}
	if o.cycle != nil {
		return o.circle(Causal)
	}
	for i := range o.accesses {
		a := &o.accesses[i]
		if i%1024 == 0 && ctx.Err() != nil {
			return Verdict{Model: Causal, Reason: "It was not decided in the time given."}
		}
		if !a.reads || a.from == untold {
			continue
		}
		if w, ok := o.overwriter(i); ok {
			return o.broken(Causal, fmt.Sprintf("%s %s although what it knew then included that %s %s, which is newer", o.process(i), o.saw(i), o.process(w), o.wrote(w)), a.from, w, i)
		}
	}
	return o.undecided(Causal)
}

// overwriter returns a write in the causal past of access i that is newer than what i found. Of
// each session the last such write is enough, because what precedes one precedes those after.
func (o *order) overwriter(i int) (int, bool) {
	a := &o.accesses[i]
	for _, t := range o.touched[a.key] {
		known := int(o.past[i][t.session])
		if t.session == a.session {
			known = a.index - 1
		}
		if w, ok := until(known, t.writes); ok && w != a.from && o.older(a.from, w) {
			return w, true
		}
	}
	return 0, false
}
