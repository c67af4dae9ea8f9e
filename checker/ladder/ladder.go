package ladder

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"senkei/checker"
	"senkei/history"
)

// The models, strongest first. The four session guarantees between Causal and Eventual do
// not imply one another.
const (
	Linearizable      = "linearizable"
	Sequential        = "sequential"
	Causal            = "causal"
	MonotonicReads    = "monotonic reads"
	MonotonicWrites   = "monotonic writes"
	ReadYourWrites    = "read your writes"
	WritesFollowReads = "writes follow reads"
	Eventual          = "eventual"
)

// Ladder holds one rung for each model, strongest first.
type Ladder struct {
	Rungs []Rung `json:"rungs"`
}

// Rung is the answer for one model.
type Rung struct {
	Model  string         `json:"model"`
	Status checker.Status `json:"verdict"`
	// Reason is one sentence; never empty unless Status is Valid.
	Reason string `json:"reason,omitempty"`
	// Ops are the few operations that break the model, in the order of Reason. Only an
	// Invalid rung has any.
	Ops []history.Op `json:"ops,omitempty"`
}

// Applies reports whether h is a history of registers: reads, writes and compare-and-sets
// of single values only.
func Applies(h history.History) bool {
	return len(h.Ops) > 0 && !slices.ContainsFunc(h.Ops, func(op history.Op) bool {
		register := op.In.F == history.Read || op.In.F == history.Write || op.In.F == history.CAS
		return !register || strings.HasPrefix(string(op.Out.Value), "[")
	})
}

// Judge judges h, of which linearizable is known, by each model. Each process is one session.
// An operation of unknown outcome counts as done where its value was observed, and is left
// out where not; a failed one never counts.
//
// The checks of the causal model and of the session guarantees are exact where no value that was
// observed was written twice to its key, and take time that grows as the operations times the
// processes. Sequential is decided exactly for one key and such values, and by a bounded search
// else, because it is NP-hard over several keys (Gibbons and Korach, "Testing shared memories",
// 1997). What would take more than lim.MemoryBytes, or has not ended when ctx does, is Unknown.
func Judge(ctx context.Context, h history.History, linearizable checker.Verdict, lim checker.Limits) Ladder {
	if lim.MemoryBytes == 0 {
		lim.MemoryBytes = checker.DefaultMemoryBytes
	}
	if !Applies(h) {
		return unknownLadder("the ladder is for histories of reads, writes and compare-and-sets of registers only")
	}
	rungs := []Rung{known(linearizable)}
	r := gather(h.Ops)
	o := newOrder(ctx, r, lim.MemoryBytes)
	causal := o.causal(ctx)
	sequential := r.sequential(ctx, causal, lim.MemoryBytes-o.bytes())
	rungs = append(rungs, sequential, causal)
	rungs = append(rungs, o.guarantees(ctx)...)
	for i := 1; i < len(rungs); i++ {
		// Linearizable implies sequential implies causal implies each session guarantee.
		if stronger := rungs[min(i-1, 2)]; stronger.Status == checker.Valid {
			rungs[i] = Rung{Model: rungs[i].Model, Status: checker.Valid}
		}
	}
	return Ladder{append(rungs, eventual(h))}
}

// known is the rung of the verdict that others have reached.
func known(v checker.Verdict) Rung {
	rung := Rung{Model: Linearizable, Status: v.Status, Reason: v.Reason}
	if checker.CoreOf(v.Evidence) != nil {
		rung.Ops = []history.Op{checker.CoreOf(v.Evidence).Culprit}
	}
	return rung
}

func unknownLadder(reason string) Ladder {
	var l Ladder
	for _, model := range []string{Linearizable, Sequential, Causal, MonotonicReads, MonotonicWrites, ReadYourWrites, WritesFollowReads, Eventual} {
		l.Rungs = append(l.Rungs, Rung{Model: model, Reason: reason})
	}
	return l
}

// Strongest says in one sentence which model is the strongest that holds; of the session
// guarantees it names all that do, because none implies another.
func (l Ladder) Strongest() string {
	first := l.firstValid()
	if first == len(l.Rungs) {
		return "None of the models is known to hold."
	}
	holding := []string{l.Rungs[first].Model}
	for _, r := range l.Rungs[first+1:] {
		if isSession(l.Rungs[first].Model) && isSession(r.Model) && r.Status == checker.Valid {
			holding = append(holding, r.Model)
		}
	}
	return "Strongest model known to hold: " + strings.Join(holding, ", ") + "."
}

// Summary is Strongest and what breaks the next stronger model that is broken.
func (l Ladder) Summary() string {
	text := l.Strongest()
	first := l.firstValid()
	if first == len(l.Rungs) {
		return text
	}
	for _, r := range slices.Backward(l.Rungs[:first]) {
		if r.Status == checker.Invalid {
			return fmt.Sprintf("%s; %s is broken: %s", strings.TrimSuffix(text, "."), r.Model, r.Reason)
		}
	}
	return text
}

// firstValid is the place of the strongest rung that holds, the number of rungs if none does.
func (l Ladder) firstValid() int {
	if first := slices.IndexFunc(l.Rungs, func(r Rung) bool { return r.Status == checker.Valid }); first >= 0 {
		return first
	}
	return len(l.Rungs)
}

func isSession(model string) bool {
	return model == MonotonicReads || model == MonotonicWrites || model == ReadYourWrites || model == WritesFollowReads
}
