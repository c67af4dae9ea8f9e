package sim

import (
	"slices"
	"time"

	"senkei/harness/cluster"
	"senkei/node/replica"
)

// Network says what the links between servers are like. Chances are in parts of 10,000
// for each message.
type Network struct {
	// Every directed link draws its own delay from [DelayMin, DelayMax]; Jitter is the most
	// that comes on top for one message. Messages on one link keep their order, but for
	// those that are drawn to be reordered.
	DelayMin time.Duration `json:"delay_min"`
	DelayMax time.Duration `json:"delay_max"`
	Jitter   time.Duration `json:"jitter"`

	Loss      int `json:"loss"`
	Duplicate int `json:"duplicate"`
	Reorder   int `json:"reorder"`
	// ReorderBy is the most that a reordered or duplicated message comes later.
	ReorderBy time.Duration `json:"reorder_by"`
}

// link is one direction between two servers.
type link struct {
	delay time.Duration // its own
	sent  uint64        // messages so far
	last  time.Duration // when the latest that keeps its order arrives
}

// rule is what faults do to one direction between two slots.
type rule struct {
	cut   bool
	kinds []string // of messages that are dropped although the link is not cut
	shape *cluster.Traffic
}

// network carries messages between servers.
type network struct {
	w     *World
	cfg   Network
	rules [][]rule // by the numbers of the slots: from, to
}

func newNetwork(w *World, cfg Network, slots int) *network {
	n := &network{w: w, cfg: cfg}
	n.clear(slots)
	return n
}

// clear ends what faults do.
func (n *network) clear(slots int) {
	n.rules = make([][]rule, slots)
	for i := range n.rules {
		n.rules[i] = make([]rule, slots)
	}
}

// link returns the link from one server to another.
func (n *network) link(from, to *server) *link {
	for len(from.links) <= to.number {
		from.links = append(from.links, nil)
	}
	l := from.links[to.number]
	if l == nil {
		d := dice(draw(n.w.seed, drawLink, uint64(from.number), uint64(to.number), 0))
		l = &link{delay: d.between(n.cfg.DelayMin, n.cfg.DelayMax)}
		from.links[to.number] = l
	}
	return l
}

func (n *network) rule(from, to *server) *rule { return &n.rules[from.slot.number][to.slot.number] }

// send puts a message on its way, once, several times or not at all.
func (n *network) send(from, to *server, s replica.Send) {
	l := n.link(from, to)
	l.sent++
	d := dice(draw(n.w.seed, drawPacket, uint64(from.number), uint64(to.number), l.sent))
	p := packet{data: s.Data, message: s.Message}
	p.traced = n.w.trace.sent(n.w.now, from, to, s)
	r := n.rule(from, to)
	traffic := cluster.Traffic{}
	if r.shape != nil {
		traffic = *r.shape
	}
	switch {
	case r.drops(p):
		n.w.trace.lost(p, lostCut)
		return
	case d.chance(n.cfg.Loss + 100*traffic.Loss):
		n.w.trace.lost(p, lostDropped)
		return
	}
	at := n.w.now + l.delay + traffic.Delay + d.between(0, n.cfg.Jitter+traffic.Jitter)
	if d.chance(n.cfg.Reorder + 100*traffic.Reorder) {
		at += d.between(0, n.cfg.ReorderBy+traffic.Delay)
	} else {
		at = max(at, l.last)
		l.last = at
	}
	n.w.queue.push(at, event{kind: onPacket, server: to, from: from, packet: p})
	if d.chance(n.cfg.Duplicate + 100*traffic.Duplicate) {
		n.w.queue.push(at+d.between(0, n.cfg.ReorderBy), event{kind: onPacket, server: to, from: from, packet: p})
	}
}

func (r *rule) drops(p packet) bool {
	return r.cut || len(r.kinds) > 0 && p.message != nil && slices.Contains(r.kinds, p.message.Type.String())
}

// arrive gives a message to the server that it reaches, unless the link was cut meanwhile.
func (n *network) arrive(e event) {
	to := e.server
	switch {
	case n.rule(e.from, to).drops(e.packet):
		n.w.trace.lost(e.packet, lostCut)
	case to.replica == nil:
		n.w.trace.lost(e.packet, lostDown)
	case len(to.inbox) >= inboxMax:
		n.w.trace.lost(e.packet, lostFull)
	default:
		n.w.trace.arrived(n.w.now, e.packet)
		n.w.digest(uint64(to.number), e.packet.data)
		n.w.enter(to, replica.Received{From: e.from.id, Data: e.packet.data})
	}
}
