package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"senkei/harness/cluster"
	"senkei/harness/cluster/sim/invariants"
	"senkei/history"
	"senkei/node/marks"
	"senkei/node/raft"
	"senkei/node/replica"
)

// Options describe a simulated cluster.
type Options struct {
	Seed  uint64
	Nodes []history.NodeID
	// Replica is what each server is configured with, but for its ID, seed and marks.
	Replica replica.Config
	Tick    time.Duration // how often a server looks at its clock
	// WorkMax is the most that a server is busy after a step. What arrives meanwhile is
	// handled together.
	WorkMax time.Duration
	Network Network
	Disk    Disk
	Clients Clients
	// Rates are how fast the nodes' clocks run, by place in Nodes, in parts per million of
	// true speed; a node beyond its end has a true clock.
	Rates []int

	// Blind leaves the invariants out: only what clients see, and servers that panic, count
	// then, as on real nodes.
	Blind bool
	// Elected is called when a server becomes the leader of a higher term than any before; it
	// may be nil.
	Elected func(n history.NodeID, term uint64)
	Marks   *marks.Counts // of all servers together; nil counts nothing
	Trace   *Trace        // takes what happens, message by message; nil keeps nothing
}

// World is a simulated cluster. Its methods belong to one goroutine, but for Status.
type World struct {
	seed  uint64
	opts  Options
	now   time.Duration
	queue queue

	slots   []*slot
	servers []*server // all that ever were
	byID    map[raft.ID]*server
	network *network
	ledger  *invariants.Ledger
	trace   *Trace

	sessions    map[history.Process]*session
	completions []cluster.Completion
	tasks       []*task  // actions that have not ended
	task        *task    // the one that runs just now, if any
	changes     []*admin // requests of administrators that have no reply yet

	ready   []*server // that step before the next event
	term    uint64    // the highest that had a leader
	current *server   // the one whose code runs just now, if any
	broken  *Finding
	hash    uint64
	events  int
}

// Finding is something that must not be: a broken invariant, a server that panics.
type Finding struct {
	// Class tells one kind of failure from another: "I3 leader completeness", "panic".
	Class  string         `json:"class"`
	Server raft.ID        `json:"server,omitempty"`
	Node   history.NodeID `json:"node,omitempty"` // whose slot the server has
	At     time.Duration  `json:"at"`
	Text   string         `json:"text"`
}

// New founds a cluster and starts its servers.
func New(o Options) *World {
	w := &World{
		seed: o.Seed, opts: o, trace: o.Trace,
		byID: map[raft.ID]*server{}, sessions: map[history.Process]*session{},
	}
	w.network = newNetwork(w, o.Network, len(o.Nodes))
	founders := make([]raft.Server, 0, len(o.Nodes))
	for i, node := range o.Nodes {
		st := &slot{number: i, node: node}
		w.slots = append(w.slots, st)
		w.occupy(st, raft.ID(node))
		founders = append(founders, raft.Server{ID: raft.ID(node)})
	}
	founding := raft.NewConfiguration(founders...)
	w.ledger = invariants.New(founding, o.Replica.SnapshotMargin)
	for _, s := range w.servers {
		s.disk.bootstrap(founding)
		if err := w.start(s); err != nil {
			panic(fmt.Sprintf("sim: %v", err)) // the options are wrong
		}
	}
	return w
}

// occupy puts a new server in a slot.
func (w *World) occupy(st *slot, id raft.ID) *server {
	s := &server{number: len(w.servers), id: id, slot: st, clock: clock{rate: w.usualRate(st), since: w.now}}
	s.disk = newDisk(w, s)
	st.server = s
	w.servers = append(w.servers, s)
	w.byID[id] = s
	return s
}

func (w *World) slot(n history.NodeID) *slot {
	for _, st := range w.slots {
		if st.node == n {
			return st
		}
	}
	return nil
}

// Nodes returns the nodes under test.
func (w *World) Nodes() []history.NodeID { return w.opts.Nodes }

// Now is the virtual time since the beginning.
func (w *World) Now() time.Duration { return w.now }

// Events is how many events there were.
func (w *World) Events() int { return w.events }

// Hash depends on every message that arrived and every event that happened, and when.
func (w *World) Hash() uint64 { return w.hash }

// Broken returns the first thing that must not be, or nil. The run goes on after it, so that
// one can see what clients get to see of it.
func (w *World) Broken() *Finding { return w.broken }

func (w *World) fail(class string, server raft.ID, text string) {
	if w.broken == nil {
		w.broken = &Finding{Class: class, Server: server, Node: w.nodeOf(server), At: w.now, Text: text}
	}
}

// Call calls a function at a time, which is not past.
func (w *World) Call(at time.Duration, do func()) {
	w.queue.push(max(at, w.now), event{kind: onCall, do: do})
}

// Await returns the next completion, or false when the clock reaches until or ctx ends.
func (w *World) Await(ctx context.Context, until time.Duration) (cluster.Completion, bool) {
	for len(w.completions) == 0 {
		if ctx.Err() != nil {
			return cluster.Completion{}, false
		}
		if at, any := w.queue.next(); len(w.ready) == 0 && (!any || at > until) {
			w.now = max(w.now, until)
			return cluster.Completion{}, false
		}
		w.advance(until)
	}
	c := w.completions[0]
	w.completions = w.completions[1:]
	return c, true
}

// burst is how many events happen before Await looks at its context again.
const burst = 1000

// advance lets servers step that an action made ready, and then some events happen, those until
// a time or up to the first completion. A server that panics is a finding.
func (w *World) advance(until time.Duration) {
	defer func() {
		if w.current == nil {
			return // the panic, if there is one, is not a server's
		}
		if r := recover(); r != nil {
			s := w.current
			w.current = nil
			w.fail("panic", s.id, fmt.Sprint(r))
			w.trace.moment(w.now, s, "crash", fmt.Sprintf("panics: %v", r))
			w.crash(s, false)
		}
	}()
	w.stepReady()
	for range burst {
		at, any := w.queue.next()
		if !any || at > until || len(w.completions) > 0 {
			return
		}
		var e event
		w.now, e = w.queue.pop()
		w.events++
		w.handle(e)
		w.stepReady()
	}
}

func (w *World) handle(e event) {
	if e.kind == onPacket {
		w.network.arrive(e)
		return
	}
	if e.kind == onCall {
		w.digest(uint64(onCall), nil)
		e.do()
		return
	}
	if e.life != e.server.life {
		return
	}
	w.digest(uint64(e.kind)<<32|uint64(e.server.number), nil)
	switch e.kind {
	case onTick:
		w.tick(e.server)
	case onWake:
		w.ready = append(w.ready, e.server)
	case onDisk:
		e.server.disk.finish()
	}
}

// judge asks the ledger whether everything is as it must be.
func (w *World) judge() {
	if w.opts.Blind || w.broken != nil {
		return
	}
	if v := w.ledger.Broken(); v != nil {
		w.fail(v.Invariant+" "+v.Name, v.Server, v.Text)
	}
}

// digest adds an event to the hash.
func (w *World) digest(what uint64, data []byte) {
	h := mix(w.hash, uint64(w.now))
	h = mix(h, what)
	if data != nil {
		h = mix(h, xxhash.Sum64(data))
	}
	w.hash = h
}

func (w *World) finished(c cluster.Completion) {
	w.digest(uint64(c.Process), []byte(c.Output.Value))
	w.completions = append(w.completions, c)
}
