package harness

import (
	"context"
	"sync"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
)

const (
	monitorAction  = "monitor"
	monitorEvery   = 100 * time.Millisecond
	monitorTimeout = 400 * time.Millisecond
)

// monitor asks every node again and again who leads, and records each leader of a new
// term. What it knows is for people and for faults that aim at the leader; it is always
// a little old and is never judged.
type monitor struct {
	cluster  cluster.Cluster
	observer cluster.Observer // nil where the cluster offers none
	recorder *history.Recorder

	asking    bool
	nextAt    time.Duration
	answers   []cluster.Status // of the poll under way; read only after its completion
	leader    history.NodeID
	term      uint64 // the highest in which a leader was seen
	changes   int
	seenAt    time.Duration // start of the latest poll that saw all nodes follow one leader
	startedAt time.Duration
}

func newMonitor(c cluster.Cluster, rec *history.Recorder) *monitor {
	m := &monitor{cluster: c, recorder: rec, seenAt: -1}
	m.observer, _ = cluster.As[cluster.Observer](c)
	return m
}

// due starts a poll when it is time and returns when it will be time again.
func (m *monitor) due(now time.Duration) time.Duration {
	if m.observer != nil && !m.asking && now >= m.nextAt {
		m.asking = true
		m.startedAt = now
		m.cluster.Act(monitorAction, m.poll)
	}
	return max(m.nextAt, now+monitorEvery)
}

func (m *monitor) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, monitorTimeout)
	defer cancel()
	nodes := m.cluster.Nodes()
	answers := make([]cluster.Status, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() {
			// A node that is down or cut off does not answer, which is no error here.
			answers[i], _ = m.observer.Status(ctx, n)
		})
	}
	wg.Wait()
	m.answers = answers
	return nil
}

func (m *monitor) completed(now time.Duration) error {
	m.asking = false
	m.nextAt = now + monitorEvery
	var newest cluster.Status
	for _, s := range m.answers {
		if s.Leads && s.Term > newest.Term {
			newest = s
		}
	}
	if newest.Leads && m.agree(newest) {
		m.seenAt = m.startedAt
	}
	if !newest.Leads || newest.Term <= m.term {
		return nil
	}
	if m.leader != "" {
		m.changes++
	}
	m.leader, m.term = newest.Node, newest.Term
	return m.recorder.Leader(m.leader, m.term, now)
}

// agree reports whether every node answered that it follows this leader.
func (m *monitor) agree(leader cluster.Status) bool {
	for _, s := range m.answers {
		if s.Leader != leader.Node || s.Term != leader.Term {
			return false
		}
	}
	return true
}

// recovered reports whether all nodes were seen to follow one leader in a poll that began
// after since. Where nobody can be asked, it is taken for granted.
func (m *monitor) recovered(since time.Duration) bool {
	return m.observer == nil || m.seenAt > since
}

func (m *monitor) leadership() (history.NodeID, uint64) { return m.leader, m.term }
