package consistency

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

// Judgement holds one verdict for each model, strongest first.
type Judgement struct {
	Verdicts []Verdict `json:"verdicts"`
}

// Verdict is the answer for one model.
type Verdict struct {
	Model  string         `json:"model"`
	Status checker.Status `json:"verdict"`
	// Reason is one sentence; never empty unless Status is Valid.
	Reason string `json:"reason,omitempty"`
	// Ops are the few operations that break the model, in the order of Reason. Only an
	// Invalid verdict has any.
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
func Judge(ctx context.Context, h history.History, linearizable checker.Verdict, lim checker.Limits) Judgement {
	if lim.MemoryBytes == 0 {
		lim.MemoryBytes = checker.DefaultMemoryBytes
	}
	if !Applies(h) {
		return unknownJudgement("weaker models are for histories of reads, writes and compare-and-sets of registers only")
	}
	verdicts := []Verdict{known(linearizable)}
	r := gather(h.Ops)
	o := newOrder(ctx, r, lim.MemoryBytes)
	causal := o.causal(ctx)
	sequential := r.sequential(ctx, causal, lim.MemoryBytes-o.bytes())
	verdicts = append(verdicts, sequential, causal)
	verdicts = append(verdicts, o.guarantees(ctx)...)
	for i := 1; i < len(verdicts); i++ {
		// Linearizable implies sequential implies causal implies each session guarantee.
		if stronger := verdicts[min(i-1, 2)]; stronger.Status == checker.Valid {
			verdicts[i] = Verdict{Model: verdicts[i].Model, Status: checker.Valid}
		}
	}
	return Judgement{append(verdicts, eventual(h))}
}

// known is the verdict on linearizability, which was reached before.
func known(v checker.Verdict) Verdict {
	verdict := Verdict{Model: Linearizable, Status: v.Status, Reason: v.Reason}
	if core := checker.CoreOf(v.Evidence); core != nil {
		verdict.Ops = []history.Op{core.Culprit}
	}
	return verdict
}

func unknownJudgement(reason string) Judgement {
	var j Judgement
	for _, m := range promises {
		j.Verdicts = append(j.Verdicts, Verdict{Model: m.name, Reason: reason})
	}
	return j
}

// Strongest says in one sentence which model is the strongest that holds; of the session
// guarantees it names all that do, because none implies another.
func (j Judgement) Strongest() string {
	first := j.firstValid()
	if first == len(j.Verdicts) {
		return "None of the models is known to hold."
	}
	holding := []string{j.Verdicts[first].Model}
	for _, v := range j.Verdicts[first+1:] {
		if isSession(j.Verdicts[first].Model) && isSession(v.Model) && v.Status == checker.Valid {
			holding = append(holding, v.Model)
		}
	}
	return "Strongest model known to hold: " + strings.Join(holding, ", ") + "."
}

// Summary is Strongest and what breaks the next stronger model that is broken.
func (j Judgement) Summary() string {
	text := j.Strongest()
	first := j.firstValid()
	if first == len(j.Verdicts) {
		return text
	}
	for _, v := range slices.Backward(j.Verdicts[:first]) {
		if v.Status == checker.Invalid {
			return fmt.Sprintf("%s; %s is broken: %s", strings.TrimSuffix(text, "."), v.Model, v.Reason)
		}
	}
	return text
}

// firstValid is the place of the strongest model that holds, the number of models if none does.
func (j Judgement) firstValid() int {
	if first := slices.IndexFunc(j.Verdicts, func(v Verdict) bool { return v.Status == checker.Valid }); first >= 0 {
		return first
	}
	return len(j.Verdicts)
}

func isSession(model string) bool {
	return model == MonotonicReads || model == MonotonicWrites || model == ReadYourWrites || model == WritesFollowReads
}
