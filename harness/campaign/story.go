package campaign

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Story tells what a plan asks for, one sentence for each thing, in the order of time.
func Story(p Plan) []string {
	type entry struct {
		at   time.Duration
		text string
	}
	var all []entry
	for _, op := range p.Operations {
		node := p.Nodes[op.Client%len(p.Nodes)]
		all = append(all, entry{op.At, fmt.Sprintf("client %d asks %s for %s", op.Client, node, op.Input)})
	}
	for _, step := range p.Faults {
		text := step.Fault.String()
		if step.For > 0 {
			text += fmt.Sprintf(", for %v", step.For.Round(time.Millisecond))
		}
		all = append(all, entry{step.At, text})
	}
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(a.at, b.at) })
	sentences := []string{fmt.Sprintf("%d nodes, seed %d, profile %s.", len(p.Nodes), p.Seed, p.Profile)}
	for _, h := range all {
		sentences = append(sentences, fmt.Sprintf("%v: %s.", h.at.Round(time.Millisecond), h.text))
	}
	return append(sentences, fmt.Sprintf("%v: what is broken stays so, and a majority is healed; then %d reads.", p.Safety.Round(time.Millisecond), len(p.Final)))
}
