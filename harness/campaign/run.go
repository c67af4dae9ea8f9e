package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"senkei/checker"
	"senkei/harness/cluster"
	"senkei/harness/cluster/sim"
	"senkei/history"
	"senkei/nemesis"
	"senkei/node/marks"
	"senkei/workloads"
)

// Options say what to keep of a run beside its outcome.
type Options struct {
	Limits checker.Limits
	Blind  bool          // leave the invariants out, and judge as one must judge real nodes
	Marks  *marks.Counts // adds up the marks that the nodes reached; may be nil
	Trace  *sim.Trace    // takes every message; may be nil
}

// Outcome is what came of a plan.
type Outcome struct {
	// Class is empty where all is well. Else it tells one kind of failure from another:
	// "linearizability", "I3 leader completeness", "liveness", "panic", "unknown", ….
	Class string `json:"class,omitempty"`
	// Finding says what broke, where it was not the history alone.
	Finding *sim.Finding     `json:"finding,omitempty"`
	Verdict checker.Verdict  `json:"-"` // on the history
	History history.History  `json:"-"`
	Hash    uint64           `json:"hash"` // of everything that happened
	Counts  Counts           `json:"counts"`
	Applied nemesis.Schedule `json:"-"` // the faults as they were in force
	End     time.Duration    `json:"end"`
}

// Counts say how much happened.
type Counts struct {
	Operations int            `json:"operations"`
	OK         int            `json:"ok"`
	Events     int            `json:"events"`
	Leaders    int            `json:"leaders"`
	Faults     map[string]int `json:"faults"` // in force, by kind
	// Unsettled counts the runs whose liveness was not judged, because no majority can be
	// expected to go on: a change of members was under way, and disks were lost for good.
	Unsettled int `json:"unsettled,omitempty"`
}

// Add adds up.
func (c *Counts) Add(other Counts) {
	c.Operations += other.Operations
	c.OK += other.OK
	c.Events += other.Events
	c.Leaders += other.Leaders
	c.Unsettled += other.Unsettled
	if c.Faults == nil {
		c.Faults = map[string]int{}
	}
	for kind, n := range other.Faults {
		c.Faults[kind] += n
	}
}

// Text says what failed in a sentence; nothing where nothing did.
func (o Outcome) Text() string {
	switch {
	case o.Finding != nil:
		return o.Finding.Text
	case checker.CoreOf(o.Verdict.Evidence) != nil:
		return checker.CoreOf(o.Verdict.Evidence).Sentences[0]
	default:
		return o.Verdict.Reason
	}
}

// Classes of failure beside those that sim.Finding names.
const (
	ClassLinearizability = "linearizability"
	ClassLiveness        = "liveness"
	ClassUnknown         = "unknown"
)

// runner carries out one plan.
type runner struct {
	plan    Plan
	world   *sim.World
	history *history.Builder
	slots   []slot
	owner   map[history.Process]int // the slot whose operation is open
	faults  *conductor
	open    int  // operations
	driving bool // operations are begun
	counts  Counts
}

// slot is a client's seat, as in the run loop of a live run.
type slot struct {
	process history.Process
	node    history.NodeID
	stride  history.Process // from one process to the next, where the outcome of an operation is unknown
	waiting []history.Input // operations whose time has come while another was open
	busy    bool
	insists bool // it repeats an operation until it is answered
}

// Run carries out a plan and judges what happened.
func Run(p Plan, w workloads.Workload, o Options) Outcome {
	options := p.options()
	options.Marks, options.Trace, options.Blind = o.Marks, o.Trace, o.Blind
	r := &runner{plan: p, history: history.NewBuilder(), owner: map[history.Process]int{}, driving: true}
	options.Elected = func(n history.NodeID, term uint64) { r.history.Leader(n, term, r.world.Now()) }
	r.world = sim.New(options)
	defer func() { _ = r.world.Close() }() // it only ends coroutines
	r.faults = newConductor(r, nemesis.Schedule(p.Faults))
	for i := range p.Clients {
		r.slots = append(r.slots, slot{
			process: history.Process(i), stride: history.Process(p.Clients), node: p.Nodes[i%len(p.Nodes)],
		})
	}
	for _, op := range p.Operations {
		r.world.Call(op.At, func() { r.due(op.Client, op.Input) })
	}
	r.until(p.Safety, func() bool { return false })
	stuck := r.settle()
	return r.judge(w, o.Limits, stuck)
}

// until lets time pass up to a moment, or until done.
func (r *runner) until(end time.Duration, done func() bool) {
	for !done() {
		c, ok := r.world.Await(context.Background(), end)
		if !ok {
			return
		}
		r.complete(c)
	}
}

// due begins an operation, or keeps it for when its client is free.
func (r *runner) due(client int, in history.Input) {
	s := &r.slots[client]
	switch {
	case !r.driving:
	case s.busy:
		s.waiting = append(s.waiting, in)
	default:
		r.invoke(client, in)
	}
}

func (r *runner) invoke(client int, in history.Input) {
	s := &r.slots[client]
	s.busy = true
	r.open++
	r.owner[s.process] = client
	r.history.Invoke(s.process, s.node, in, r.world.Now())
	r.world.Invoke(s.process, s.node, in)
}

// complete notes how an operation ended.
func (r *runner) complete(c cluster.Completion) {
	client := r.owner[c.Process]
	delete(r.owner, c.Process)
	outcome, text := history.OK, ""
	if c.Err != nil {
		outcome, text = history.Unknown, c.Err.Error()
		if errors.Is(c.Err, cluster.ErrNoEffect) {
			outcome = history.Failed
		}
	}
	op := r.history.Complete(c.Process, c.Output, outcome, text, r.world.Now())
	r.open--
	r.counts.Operations++
	if outcome == history.OK {
		r.counts.OK++
	}
	s := &r.slots[client]
	s.busy = false
	if outcome == history.Unknown {
		s.process += s.stride // the operation may still take effect
	}
	if s.insists && outcome != history.OK {
		s.waiting = append(s.waiting, op.In)
	}
	if len(s.waiting) > 0 && r.driving {
		next := s.waiting[0]
		s.waiting = s.waiting[1:]
		r.invoke(client, next)
	}
}

// settle is the liveness phase. It returns what the healed majority failed to do.
func (r *runner) settle() (stuck string) {
	r.driving = false
	r.world.StopActions()
	r.faults.stop()
	// What an operator has asked for is answered, or given up, within this time.
	r.patiently(r.plan.Safety+2*r.plan.Settings.RequestTimeout, func() bool { return !r.world.Changing() })
	core, enough := r.world.Majority(r.plan.Order)
	if err := r.world.Settle(core); err != nil {
		return err.Error()
	}
	if !enough {
		r.counts.Unsettled++
		return ""
	}
	end := r.world.Now() + r.plan.Liveness
	agreed := func() bool { return r.open == 0 && r.world.Disagreement(core) == "" }
	r.patiently(end, agreed)
	if !agreed() {
		return r.stuck(core, "agree")
	}
	r.finalReads(r.world.Members(core), end)
	if r.open > 0 {
		return r.stuck(core, "answer the final reads")
	}
	r.patiently(end, agreed)
	if !agreed() {
		return r.stuck(core, "agree after the final reads")
	}
	return ""
}

// lookEvery is how often the healed majority is looked at.
const lookEvery = 50 * time.Millisecond

// patiently lets time pass until done, or to the end.
func (r *runner) patiently(end time.Duration, done func() bool) {
	for r.world.Now() < end && !done() {
		r.until(min(end, r.world.Now()+lookEvery), func() bool { return false })
	}
}

func (r *runner) stuck(core []history.NodeID, what string) string {
	why := r.world.Disagreement(core)
	if why == "" {
		why = fmt.Sprintf("%d operations are open", r.open)
	}
	return fmt.Sprintf("%v did not %s within %v after being healed: %s", core, what, r.plan.Liveness, why)
}

// finalReads asks the healed nodes for every key once more, until all are answered.
func (r *runner) finalReads(core []history.NodeID, end time.Duration) {
	first := len(r.slots)
	for i, n := range core {
		r.slots = append(r.slots, slot{
			process: history.Process(readersFrom + i), stride: history.Process(len(core)), node: n, insists: true,
		})
	}
	r.driving = true
	for i, in := range r.plan.Final {
		r.due(first+i%len(core), in)
	}
	r.patiently(end, func() bool { return r.open == 0 })
	r.driving = false
}

// readersFrom numbers the processes of the final reads, above those of all clients.
const readersFrom = 1 << 30

// judge looks at what happened.
func (r *runner) judge(w workloads.Workload, lim checker.Limits, stuck string) Outcome {
	r.faults.stop()
	o := Outcome{
		History: r.history.History(r.world.Now()), Hash: r.world.Hash(), Counts: r.counts,
		Applied: r.faults.applied, End: r.world.Now(), Finding: r.world.Broken(),
	}
	o.Counts.Events = r.world.Events()
	o.Counts.Leaders = len(o.History.Leaders)
	o.Counts.Faults = map[string]int{}
	for _, s := range o.History.Faults {
		o.Counts.Faults[s.Kind]++
	}
	o.Verdict = w.Property.Check(context.Background(), o.History, lim)
	switch {
	case o.Finding != nil:
		o.Class = o.Finding.Class
	case o.Verdict.Status == checker.Invalid:
		o.Class = ClassLinearizability
	case stuck != "":
		o.Class = ClassLiveness
		o.Finding = &sim.Finding{Class: ClassLiveness, At: r.world.Now(), Text: stuck}
	case o.Verdict.Status == checker.Unknown && len(o.History.Ops) > 0:
		o.Class = ClassUnknown
		o.Finding = &sim.Finding{Class: ClassUnknown, At: r.world.Now(), Text: o.Verdict.Reason}
	}
	slices.SortFunc(o.Applied, func(a, b nemesis.Step) int { return int(a.At - b.At) })
	return o
}
