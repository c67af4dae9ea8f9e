package invariants

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/codec"
	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// world is a cluster of real replicas on a network that loses, repeats, delays and reorders
// messages, and on disks that write late and lose what they have not written. Servers crash,
// are cut off, come and go, and lose their disks; clients repeat what was not answered.
type world struct {
	t        testing.TB
	rand     *rand.Rand
	ids      []raft.ID // of all servers that ever were
	founding raft.Configuration
	nodes    map[raft.ID]*node
	clients  []*client
	mail     []letter
	now      time.Duration
	cut      raft.ID // hears nobody and is heard by nobody
	ledger   *Ledger
	margin   uint64
	lease    time.Duration
	lie      lie
	counts   counts
	tape     *tape // nil where nobody records
}

// lie is what a disk, a server or the network does wrong; nil functions do nothing.
type lie struct {
	early bool                                 // writes are told to be durable before they are
	found func(d *replica.Disk)                // changes what a restart finds
	blind func(d *replica.Disk)                // the same, unseen by the ledger
	mail  func(m *raft.Message) []raft.Message // changes what is sent, and returns what is sent too
}

// counts say whether a test met what it is about.
type counts struct {
	elections, commits, installs, changes, crashes, losses, wiped int
	writes, repeated, reads, leased, followed, nameless           int
}

func (c *counts) add(o counts) {
	c.elections += o.elections
	c.commits += o.commits
	c.installs += o.installs
	c.changes += o.changes
	c.crashes += o.crashes
	c.losses += o.losses
	c.wiped += o.wiped
	c.writes += o.writes
	c.repeated += o.repeated
	c.reads += o.reads
	c.leased += o.leased
	c.followed += o.followed
	c.nameless += o.nameless
}

type letter struct {
	from, to raft.ID
	data     []byte
	forged   bool // it knows no cuts
}

// node is one server; its replica is nil while it is down.
type node struct {
	id      raft.ID
	replica *replica.Replica
	disk    *disk
	queue   []replica.Effect // to be written
	open    map[uint64]*client
	nextID  uint64
	wiped   bool
}

// client has at most one operation open.
type client struct {
	name    string
	seq     uint64
	request *replica.Request // nil between two operations
	floor   uint64
	tries   int
	at      *node
	since   time.Duration
}

const electionTimeout = 150 * time.Millisecond

func newWorld(t testing.TB, seed uint64, members int, l lie) *world {
	w := &world{t: t, rand: rand.New(rand.NewPCG(seed, 11)), nodes: map[raft.ID]*node{}, lie: l}
	w.margin = []uint64{1, 3, 10, 1000}[w.rand.IntN(4)]
	if w.rand.IntN(2) == 0 {
		w.lease = electionTimeout / 2
	}
	var servers []raft.Server
	for range members {
		servers = append(servers, raft.Server{ID: w.name()})
	}
	w.founding = raft.NewConfiguration(servers...)
	w.ledger = New(w.founding, w.margin)
	for i := range 4 {
		w.clients = append(w.clients, &client{name: fmt.Sprintf("c%d", i)})
	}
	return w
}

// found starts the first servers, and one that waits to be added.
func (w *world) found() {
	for _, s := range w.founding.Servers {
		w.nodes[s.ID] = &node{id: s.ID, disk: &disk{replica.Founding(w.founding)}}
		w.start(w.nodes[s.ID])
	}
	w.newcomer()
}

// tell gives the ledger one fact.
func (w *world) tell(fact func(*Ledger)) {
	if w.tape != nil {
		w.tape.facts = append(w.tape.facts, fact)
	}
	fact(w.ledger)
}

func (w *world) name() raft.ID {
	id := raft.ID(fmt.Sprintf("n%d", len(w.ids)+1))
	w.ids = append(w.ids, id)
	return id
}

func (w *world) newcomer() {
	id := w.name()
	w.nodes[id] = &node{id: id, disk: &disk{}}
	w.start(w.nodes[id])
}

func (w *world) start(n *node) {
	found := n.disk.load()
	if w.lie.found != nil {
		w.lie.found(&found)
	}
	seen := found
	found.State = copied(found.State)
	if w.lie.blind != nil {
		w.lie.blind(&found)
	}
	var err error
	n.replica, err = replica.New(replica.Config{
		ID: n.id, Seed: w.rand.Uint64(), SnapshotMargin: w.margin, Lease: w.lease,
		ElectionTimeout: electionTimeout, HeartbeatInterval: electionTimeout / 5, RequestTimeout: time.Second,
	}, found, w.now)
	require.NoError(w.t, err)
	n.queue, n.open = nil, map[uint64]*client{}
	var d Disk = n.disk
	if w.tape != nil {
		d = taped{n.disk, w.tape}
	}
	w.tell(func(l *Ledger) { l.Started(n.id, seen, d) })
}

// crash stops a server; what is not written yet is lost, or, if its machine runs on, written.
func (w *world) crash(n *node, power bool) {
	if power {
		w.counts.losses++
	} else {
		n.disk.write(n.queue...)
	}
	w.counts.crashes++
	n.replica = nil
	w.tell(func(l *Ledger) { l.Stopped(n.id) })
}

func (w *world) step(n *node, inputs ...replica.Input) {
	effects := n.replica.Step(w.now, inputs...)
	status := n.replica.Status()
	w.tell(func(l *Ledger) { l.Stepped(n.id, effects, status) })
	var token uint64
	for _, e := range effects {
		switch e := e.(type) {
		case replica.Send:
			w.send(n, e)
		case replica.Persist:
			token = e.Token
			if e.Install != nil {
				w.counts.installs++
			}
			n.queue = append(n.queue, e)
		case replica.Stage, replica.Compact, replica.Apply:
			n.queue = append(n.queue, e)
		case replica.Reply:
			w.answer(n, e)
		}
	}
	if token > 0 && w.lie.early {
		w.step(n, replica.Persisted{Token: token})
	}
}

func (w *world) send(n *node, e replica.Send) {
	if e.Message == nil || w.lie.mail == nil {
		w.mail = append(w.mail, letter{from: n.id, to: e.To, data: e.Data})
		return
	}
	m := *e.Message
	more := w.lie.mail(&m)
	for i, one := range append([]raft.Message{m}, more...) {
		data := codec.Marshal(map[uint64]raft.Message{1: one})
		w.mail = append(w.mail, letter{from: one.From, to: one.To, data: data, forged: i > 0})
	}
}

// flush writes some of what waits, and tells the server.
func (w *world) flush(n *node) {
	if len(n.queue) == 0 {
		return
	}
	count := 1 + w.rand.IntN(len(n.queue))
	var token uint64
	for _, e := range n.queue[:count] {
		if p, ok := e.(replica.Persist); ok {
			token = p.Token
		}
	}
	n.disk.write(n.queue[:count]...)
	n.queue = n.queue[count:]
	if token > 0 && !w.lie.early {
		w.step(n, replica.Persisted{Token: token})
	}
}

// act does one random thing.
func (w *world) act() {
	n := w.nodes[w.ids[w.rand.IntN(len(w.ids))]]
	p := w.rand.IntN(1000)
	if n.replica == nil {
		if p < 300 && !n.wiped {
			w.start(n)
		}
		return
	}
	switch {
	case p < 450:
		w.deliver(n)
	case p < 650:
		w.flush(n)
	case p < 780:
		w.now += time.Duration(w.rand.IntN(12)) * time.Millisecond
		w.step(n, replica.Tick{})
	case p < 970:
		w.serve(w.clients[w.rand.IntN(len(w.clients))], n)
	case p < 980:
		w.administer(n)
	case p < 981:
		w.cut = []raft.ID{raft.None, n.id, n.id}[w.rand.IntN(3)]
	case p < 982:
		w.crash(n, w.rand.IntN(2) == 0)
	case p < 983 && w.rand.IntN(8) == 0 && len(w.ids) < 8:
		w.wipe(n)
	}
}

// wipe takes a server's disk, and brings one of a new name.
func (w *world) wipe(n *node) {
	w.crash(n, true)
	n.wiped, n.queue = true, nil
	w.tell(func(l *Ledger) { l.Wiped(n.id) })
	w.counts.wiped++
	w.newcomer()
}

// deliver hands some of a server's mail to it, several letters at once at times.
func (w *world) deliver(n *node) {
	var inputs []replica.Input
	for range 1 + w.rand.IntN(3) {
		i := w.pick(n.id)
		if i < 0 {
			break
		}
		one := w.mail[i]
		fate := w.rand.IntN(30)
		if fate > 0 { // else it comes again
			w.mail = slices.Delete(w.mail, i, i+1)
		}
		if cut := w.cut != raft.None && (w.cut == one.from || w.cut == one.to); fate > 1 && (!cut || one.forged) {
			inputs = append(inputs, replica.Received{From: one.from, Data: one.data})
		}
	}
	if len(inputs) > 0 {
		w.step(n, inputs...)
	}
}

// pick returns a random letter to a server, an old one more often than not, or -1.
func (w *world) pick(to raft.ID) int {
	found := -1
	for i, m := range w.mail {
		if m.to != to {
			continue
		}
		if found = i; w.rand.IntN(3) > 0 {
			break
		}
	}
	return found
}

func (w *world) administer(n *node) {
	id := w.ids[w.rand.IntN(len(w.ids))]
	n.nextID++
	r := replica.Request{ID: n.nextID, Forward: true}
	voters := n.replica.Status().Configuration.Voters()
	switch {
	case w.rand.IntN(3) == 0:
		r.Transfer = &replica.Transfer{}
	case w.nodes[id].wiped || voters > 2 && w.rand.IntN(2) == 0:
		r.Change = &raft.Change{Kind: raft.RemoveServer, Server: raft.Server{ID: id}}
	default:
		r.Change = &raft.Change{Kind: raft.AddServer, Server: raft.Server{ID: id}}
	}
	floor := w.ledger.Floor()
	w.tell(func(l *Ledger) { l.Requested(n.id, r, floor) })
	w.step(n, r)
}

// serve lets a client begin an operation at a server, or repeat one that was not answered.
func (w *world) serve(c *client, n *node) {
	switch {
	case c.request == nil:
		c.request, c.floor, c.tries = w.operation(c), w.ledger.Floor(), 0
	case c.at != nil && w.now < c.since+300*time.Millisecond:
		return
	case c.tries > 3 || c.request.Read == nil && c.request.Command.Client == "":
		c.request = nil // it never learns the outcome
		return
	}
	n.nextID++
	c.request.ID = n.nextID
	c.at, c.since = n, w.now
	c.tries++
	n.open[n.nextID] = c
	r, floor := *c.request, c.floor
	w.tell(func(l *Ledger) { l.Requested(n.id, r, floor) })
	w.step(n, r)
}

func (w *world) operation(c *client) *replica.Request {
	key, value := fmt.Sprintf("k%d", w.rand.IntN(3)), fmt.Sprintf("v%d", w.rand.IntN(4))
	r := &replica.Request{Forward: w.rand.IntN(4) > 0}
	switch w.rand.IntN(10) {
	case 0, 1, 2, 3:
		r.Read = &replica.Read{Query: kv.Query{Key: key}, Consistency: replica.Consistency(w.rand.IntN(3))}
		return r
	case 4:
		r.Command = kv.Command{Op: kv.CompareAndSet, Key: key, Expect: fmt.Sprintf("v%d", w.rand.IntN(4)), Value: value}
	case 5:
		r.Command = kv.Command{Op: kv.Delete, Key: key}
	case 6:
		r.Command = kv.Command{Op: kv.Increment, Key: "n", Delta: 1}
	case 7:
		r.Command = kv.Command{Op: kv.Transact, Txn: &kv.Txn{
			Compares: []kv.Compare{{Key: key, Target: kv.Exists, Relation: kv.Equal}},
			Then:     []kv.TxnOp{{Query: &kv.Query{Key: key}}, {Op: kv.Put, Key: key, Value: value}},
			Else:     []kv.TxnOp{{Query: &kv.Query{Range: true}}},
		}}
	default:
		r.Command = kv.Command{Op: kv.Append, Key: key, Value: value}
	}
	if w.rand.IntN(5) > 0 {
		c.seq++
		r.Command.Client, r.Command.Seq = c.name, c.seq
	}
	return r
}

func (w *world) answer(n *node, r replica.Reply) {
	c := n.open[r.ID]
	delete(n.open, r.ID)
	if c == nil || c.at != n || c.request == nil || c.request.ID != r.ID {
		return
	}
	q := c.request
	if r.Err != nil {
		c.at = nil // it may be repeated at once
		if r.Err.Code == replica.SessionExpired || r.Err.Code == replica.StaleSequence {
			c.name, c.seq, c.request = c.name+"x", 0, nil
		}
		return
	}
	c.request = nil
	switch {
	case q.Read != nil:
		w.counts.reads++
		if q.Read.Consistency == replica.Lease && w.lease > 0 {
			w.counts.leased++
		}
		if n.replica.Status().Role != raft.Leader && q.Read.Consistency != replica.Stale {
			w.counts.followed++
		}
	default:
		w.counts.writes++
		if c.tries > 1 {
			w.counts.repeated++
		}
		if q.Command.Client == "" {
			w.counts.nameless++
		}
	}
}

// run acts until an invariant breaks, at most so often.
func (w *world) run(acts int) *Violation {
	w.found()
	for range acts {
		if w.ledger.Broken() != nil {
			break
		}
		w.act()
		if len(w.mail) > 300 {
			w.mail = w.mail[len(w.mail)-150:]
		}
	}
	w.counts.elections, w.counts.commits = len(w.ledger.leaders), int(w.ledger.chain.last())
	w.counts.changes = len(w.ledger.chain.configs) - 1
	return w.ledger.Broken()
}

func TestNothingIsBrokenInDisorderedWorlds(t *testing.T) {
	var total counts
	for seed := range uint64(300) {
		w := newWorld(t, seed, 1+int(seed%5), lie{})
		v := w.run(20_000)
		require.Nil(t, v, "seed %d: %v", seed, v)
		total.add(w.counts)
	}
	t.Logf("%+v", total)
	require.Greater(t, total.elections, 1000)
	require.Greater(t, total.commits, 10_000)
	require.Greater(t, total.installs, 500)
	require.Greater(t, total.changes, 2000)
	require.Greater(t, total.losses, 1000)
	require.Greater(t, total.wiped, 100)
	require.Greater(t, total.writes, 5000)
	require.Greater(t, total.repeated, 1000)
	require.Greater(t, total.nameless, 500)
	require.Greater(t, total.reads, 5000)
	require.Greater(t, total.leased, 500)
	require.Greater(t, total.followed, 1000)
}
