package campaign

import (
	"context"
	"fmt"
	"time"

	"senkei/checker"
	"senkei/harness/cluster/sim"
	"senkei/harness/loop"
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
	Faults     map[string]int `json:"faults"`   // in force, by kind
	GivenUp    int            `json:"given_up"` // faults that could not be had
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
	c.GivenUp += other.GivenUp
	if c.Faults == nil {
		c.Faults = map[string]int{}
	}
	for kind, n := range other.Faults {
		c.Faults[kind] += n
	}
}

// Text says what failed in a sentence; nothing where nothing did.
func (o Outcome) Text() string {
	switch core := checker.CoreOf(o.Verdict.Evidence); {
	case o.Finding != nil:
		return o.Finding.Text
	case core != nil:
		return core.Sentences[0]
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
	plan     Plan
	world    *sim.World
	record   *memory
	loop     *loop.Loop
	injector *loop.Injector
	counts   Counts
}

// Run carries out a plan and judges what happened.
func Run(p Plan, w workloads.Workload, o Options) Outcome {
	options := p.options()
	options.Marks, options.Trace, options.Blind = o.Marks, o.Trace, o.Blind
	r := &runner{plan: p, record: &memory{Builder: history.NewBuilder()}}
	options.Elected = func(n history.NodeID, term uint64) { r.record.Builder.Leader(n, term, r.world.Now()) }
	r.world = sim.New(options)
	defer func() { _ = r.world.Close() }() // it only ends coroutines
	leader := func() history.NodeID {
		n, _ := r.world.Leading()
		return n
	}
	r.injector = loop.NewInjector(r.world, r.record, nemesis.Schedule(p.Faults), p.Seed, leader)
	r.loop = loop.New(r.world, r.record, nil, r.injector)
	r.loop.Enlist(p.Clients, 0, p.Nodes)
	r.loop.Issue(newReplay(p.Operations, p.Clients))
	r.drive(p.Safety, func() bool { return false })
	stuck := r.settle()
	return r.judge(w, o.Limits, stuck)
}

// drive lets time pass up to a moment, or until done. Nothing in memory can fail.
func (r *runner) drive(end time.Duration, done func() bool) {
	must(r.loop.Run(context.Background(), end, done))
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("campaign: %v", err))
	}
}

// settle is the liveness phase. It returns what the healed majority failed to do.
func (r *runner) settle() (stuck string) {
	r.loop.Issue(nil)
	r.world.StopActions()
	must(r.injector.End())
	// What an operator has asked for is answered, or given up, within this time.
	r.poll(r.plan.Safety+2*r.plan.Settings.RequestTimeout, func() bool { return !r.world.Changing() })
	core, enough := r.world.Majority(r.plan.Order)
	if err := r.world.Settle(core); err != nil {
		return err.Error()
	}
	if !enough {
		r.counts.Unsettled++
		return ""
	}
	end := r.world.Now() + r.plan.Liveness
	agreed := func() bool { return r.loop.Open() == 0 && r.world.Disagreement(core) == "" }
	r.poll(end, agreed)
	if !agreed() {
		return r.stuck(core, "agree")
	}
	members := r.world.Members(core)
	r.loop.Enlist(len(members), readersFrom, members)
	r.loop.Issue(finalReads(r.plan.Final, len(members)))
	r.poll(end, r.loop.Exhausted)
	if !r.loop.Exhausted() {
		return r.stuck(core, "answer the final reads")
	}
	r.poll(end, agreed)
	if !agreed() {
		return r.stuck(core, "agree after the final reads")
	}
	return ""
}

// lookEvery is how often the healed majority is looked at.
const lookEvery = 50 * time.Millisecond

// poll lets time pass until done, which it looks at every lookEvery, or to the end.
func (r *runner) poll(end time.Duration, done func() bool) {
	for r.world.Now() < end && !done() {
		r.drive(min(end, r.world.Now()+lookEvery), func() bool { return false })
	}
}

func (r *runner) stuck(core []history.NodeID, what string) string {
	why := r.world.Disagreement(core)
	if why == "" {
		why = fmt.Sprintf("%d operations are open", r.loop.Open())
	}
	return fmt.Sprintf("%v did not %s within %v after being healed: %s", core, what, r.plan.Liveness, why)
}

// readersFrom numbers the processes of the final reads, above those of all clients.
const readersFrom = 1 << 30

// judge looks at what happened.
func (r *runner) judge(w workloads.Workload, lim checker.Limits, stuck string) Outcome {
	o := Outcome{
		History: r.record.History(r.world.Now()), Hash: r.world.Hash(), Counts: r.counts,
		Applied: r.injector.Applied(), End: r.world.Now(), Finding: r.world.Broken(),
	}
	o.Counts.Operations, o.Counts.OK = r.loop.Counts().Total(), r.loop.Counts().OK
	o.Counts.Events, o.Counts.GivenUp = r.world.Events(), r.record.givenUp
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
	return o
}
