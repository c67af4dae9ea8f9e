package harness

import (
	"context"
	"sync"
	"time"

	"senkei/harness/cluster"
	"senkei/harness/expect"
	"senkei/history"
)

const (
	monitorEvery   = 100 * time.Millisecond
	monitorTimeout = 400 * time.Millisecond
)

// monitor asks every node again and again who leads, and records each leader of a new
// term. What it knows is for people, for faults that aim at the leader and for what a
// schedule expects; it is always a little old, and the history is never judged by it.
type monitor struct {
	cluster  cluster.Cluster
	observer cluster.Observer // nil where the cluster offers none
	recorder *history.Recorder
	notebook *notebook

	asking    bool
	nextAt    time.Duration
	answers   []expect.Observation // of the poll under way; read only after its completion
	leader    history.NodeID
	term      uint64 // the highest in which a leader was seen
	changes   int
	seenAt    time.Duration // start of the latest poll that saw all nodes follow one leader
	equalAt   time.Duration // start of the latest poll in which all logs were equal
	startedAt time.Duration
}

func newMonitor(c cluster.Cluster, rec *history.Recorder, notes *notebook) *monitor {
	m := &monitor{cluster: c, recorder: rec, notebook: notes, seenAt: -1, equalAt: -1}
	m.observer, _ = cluster.As[cluster.Observer](c)
	return m
}

// due starts a poll when it is time and returns when it will be time again.
func (m *monitor) due(now time.Duration) time.Duration {
	if m.observer != nil && !m.asking && now >= m.nextAt {
		m.asking = true
		m.startedAt = now
		m.cluster.Act(&cluster.Action{Name: "ask who leads", Timeout: monitorTimeout, Do: m.poll, Done: m.completed})
	}
	return max(m.nextAt, now+monitorEvery)
}

func (m *monitor) poll(ctx context.Context) error {
	nodes := m.cluster.Nodes()
	answers := make([]expect.Observation, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() {
			// A node that is down or cut off does not answer, which is no error here.
			status, err := m.observer.Status(ctx, n)
			if err != nil {
				status = cluster.Status{Node: n}
			}
			answers[i] = expect.Observation{Silent: err != nil, Status: status}
		})
	}
	wg.Wait()
	m.answers = answers
	return nil
}

func (m *monitor) completed(error) error {
	now := m.cluster.Now()
	m.asking = false
	m.nextAt = now + monitorEvery
	for i := range m.answers {
		m.answers[i].Asked, m.answers[i].Told = m.startedAt, now
	}
	if err := m.notebook.note(m.answers); err != nil {
		return err
	}
	var newest cluster.Status
	for _, s := range m.answers {
		if s.Leads && s.Term > newest.Term {
			newest = s.Status
		}
	}
	if newest.Leads && m.agree(newest) {
		m.seenAt = m.startedAt
		if m.equal() {
			m.equalAt = m.startedAt
		}
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

// equal reports whether every node's log holds the same, all of it committed.
func (m *monitor) equal() bool {
	for _, s := range m.answers {
		if !s.SameLog(m.answers[0].Status) {
			return false
		}
	}
	return true
}

// equalised reports whether all logs were seen to be equal in a poll that began after since.
func (m *monitor) equalised(since time.Duration) bool { return m.observer == nil || m.equalAt > since }

// recovered reports whether all nodes were seen to follow one leader in a poll that began
// after since. Where nobody can be asked, it is taken for granted.
func (m *monitor) recovered(since time.Duration) bool {
	return m.observer == nil || m.seenAt > since
}

func (m *monitor) leadership() (history.NodeID, uint64) { return m.leader, m.term }
