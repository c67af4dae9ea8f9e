package harness

import (
	"context"
	"slices"
	"sync"
	"time"

	"senkei/harness/cluster"
	"senkei/harness/expect"
	"senkei/harness/loop"
	"senkei/history"
)

const (
	pollEvery   = 100 * time.Millisecond
	pollTimeout = 400 * time.Millisecond
)

// poller is a task of the loop that asks every node again and again who leads, and records
// each leader of a new term. What it knows is for people, for faults that aim at the leader
// and for what a schedule expects; it is always a little old, and the history is never
// judged by it. Of a system without leaders it learns only which nodes serve, and where not
// even that can be asked it takes for granted that all do.
type poller struct {
	cluster  cluster.Cluster
	ask      func(ctx context.Context, n history.NodeID) (cluster.Status, error) // nil where nobody can be asked
	leaders  bool                                                                // ask tells who leads
	recorder loop.Recorder
	log      *observationLog

	asking      bool
	next        time.Duration
	answers     []expect.Observation // of the poll under way; read only after its completion
	leader      history.NodeID
	term        uint64        // the highest in which a leader was seen
	recoveredAt time.Duration // start of the latest poll in which all nodes followed one leader, or served
	equalAt     time.Duration // start of the latest poll in which all logs were equal
	began       time.Duration
}

func newPoller(c cluster.Cluster, rec loop.Recorder, log *observationLog) *poller {
	p := &poller{cluster: c, recorder: rec, log: log, recoveredAt: -1, equalAt: -1}
	if o, err := cluster.As[cluster.Observer](c); err == nil {
		p.ask, p.leaders = o.Status, true
	} else if prober, err := cluster.As[cluster.Prober](c); err == nil {
		p.ask = func(ctx context.Context, n history.NodeID) (cluster.Status, error) {
			return cluster.Status{Node: n}, prober.Ready(ctx, n)
		}
	}
	return p
}

// Due starts a poll when it is time and returns when it will be time again.
func (p *poller) Due(now time.Duration) (time.Duration, error) {
	if p.ask != nil && !p.asking && now >= p.next {
		p.asking, p.began = true, now
		p.cluster.Act(&cluster.Action{Name: "ask every node", Timeout: pollTimeout, Do: p.poll, Done: p.polled})
	}
	return max(p.next, now+pollEvery), nil
}

func (p *poller) poll(ctx context.Context) error {
	nodes := p.cluster.Nodes()
	answers := make([]expect.Observation, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() {
			// A node that is down or cut off does not answer, which is no error here.
			status, err := p.ask(ctx, n)
			if err != nil {
				status = cluster.Status{Node: n}
			}
			answers[i] = expect.Observation{Silent: err != nil, Status: status}
		})
	}
	wg.Wait()
	p.answers = answers
	return nil
}

func (p *poller) polled(error) error {
	now := p.cluster.Now()
	p.asking, p.next = false, now+pollEvery
	for i := range p.answers {
		p.answers[i].Asked, p.answers[i].Told = p.began, now
	}
	if err := p.log.add(p.answers); err != nil {
		return err
	}
	var newest cluster.Status
	for _, s := range p.answers {
		if s.Leads && s.Term > newest.Term {
			newest = s.Status
		}
	}
	if p.agree(newest) {
		p.recoveredAt = p.began
		if p.equal() {
			p.equalAt = p.began
		}
	}
	if !newest.Leads || newest.Term <= p.term {
		return nil
	}
	p.leader, p.term = newest.Node, newest.Term
	return p.recorder.Leader(p.leader, p.term, now)
}

// agree reports whether every node answered and, where there are leaders, follows this one.
func (p *poller) agree(leader cluster.Status) bool {
	return leader.Leads == p.leaders && !slices.ContainsFunc(p.answers, func(o expect.Observation) bool {
		return o.Silent || o.Leader != leader.Node || o.Term != leader.Term
	})
}

// equal reports whether every node's log holds the same, all of it committed.
func (p *poller) equal() bool {
	return !slices.ContainsFunc(p.answers, func(o expect.Observation) bool { return !o.SameLog(p.answers[0].Status) })
}

// equalised reports whether all logs were seen to be equal in a poll that began after since.
// Where nobody can be asked, it is taken for granted.
func (p *poller) equalised(since time.Duration) bool { return p.ask == nil || p.equalAt > since }

// recovered reports whether all nodes were seen to follow one leader, or to serve, in a poll
// that began after since. Where nobody can be asked, it is taken for granted.
func (p *poller) recovered(since time.Duration) bool { return p.ask == nil || p.recoveredAt > since }

// unrecovered says what did not happen, for a sentence that goes on with a time.
func (p *poller) unrecovered() string {
	if p.leaders {
		return "the nodes did not agree on a leader"
	}
	return "not every node served"
}
