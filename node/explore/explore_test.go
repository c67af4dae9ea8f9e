package explore

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/raft"
)

// explored runs an exploration of a core that tests may break from outside.
func explored(t *testing.T, o Options, d deviations) Result {
	require.NoError(t, o.validate())
	return newExplorer(o, d).run(context.Background())
}

func TestTheSameOptionsFindTheSameStatesAndNoViolation(t *testing.T) {
	for _, c := range []struct {
		options             Options
		states, transitions int
	}{
		{Options{Depth: 7, Nodes: 3, Terms: 2, Entries: 3}, 38774, 104561},
		{Options{Depth: 8, Nodes: 3, Terms: 2, Entries: 3, PreVotes: true}, 10996, 27201},
		{Options{Depth: 8, Nodes: 2, Terms: 1, Entries: 1}, 7768, 18901},
		{Options{Depth: 4, Nodes: 5, Terms: 1, Entries: 1}, 209, 901},
	} {
		for range 2 {
			r := explored(t, c.options, deviations{})
			require.Nil(t, r.Violation)
			require.NoError(t, r.Stopped)
			require.Equal(t, Progress{Depth: c.options.Depth, States: c.states, Transitions: c.transitions}, r.Progress)
		}
	}
}

func TestAnExplorationEndsWhereNothingNewCanHappen(t *testing.T) {
	r := explored(t, Options{Depth: 100, Nodes: 2, Terms: 0, Entries: 0}, deviations{})
	require.True(t, r.Exhausted)
	require.NoError(t, r.Stopped)
	require.Equal(t, Progress{Depth: 14, States: 336, Transitions: 1253}, r.Progress)
}

// Ways to break the core from outside. Each is a bug that stores have had.
var (
	// The vote is kept in memory only.
	forgetsVotes = deviations{restart: func(d *raft.Disk) { d.Hard.Vote = raft.None }}
	// An Append counts as following the log whatever the term of the entry before it.
	ignoresTermBefore = deviations{deliver: func(s *server, m raft.Message) raft.Message {
		if i := int(m.Index); m.Type == raft.Append && i > 0 && i <= len(s.log) {
			m.LogTerm = s.log[i-1].Term
		}
		return m
	}}
	// Entries are acknowledged before they are durable.
	acknowledgesEarly = deviations{ready: func(rd *raft.Ready) {
		var rest []raft.Message
		for _, m := range rd.AfterPersist {
			if m.Type == raft.AppendReply {
				rd.Messages = append(rd.Messages, m)
			} else {
				rest = append(rest, m)
			}
		}
		rd.AfterPersist = rest
	}}
	// A heartbeat commits what the log has, whoever it is from.
	commitsUnverified = deviations{deliver: func(s *server, m raft.Message) raft.Message {
		if len(m.Entries) == 0 {
			return ignoresTermBefore.deliver(s, m)
		}
		return m
	}}
	// The state survives a crash, the log that explains it does not.
	losesTheLog = deviations{restart: func(d *raft.Disk) {
		if d.Applied > 0 {
			d.Entries = nil
		}
	}}
)

func TestEachInvariantIsSeenBrokenOnABrokenCore(t *testing.T) {
	for _, c := range []struct {
		name       string
		deviations deviations
		options    Options
		invariant  string
		says       string
		actions    int
	}{
		{"forgets votes", forgetsVotes, Options{Terms: 1}, "I1, election safety (§5.2)", "n1 and n2 both led term 1", 7},
		{"ignores the term before", ignoresTermBefore, Options{Terms: 1, Entries: 1}, "I2, log matching (§5.3)",
			"n1 and n2 both have the entry 2/2, but differ at index 1", 8},
		{"acknowledges early", acknowledgesEarly, Options{Terms: 1}, "I3, leader completeness (§5.4)",
			"n2 leads term 2 without the entry 1/1, which was committed in term 1", 9},
		{"commits unverified", commitsUnverified, Options{Terms: 1}, "I4, state machine safety (§5.4.3)",
			"n1 takes the entry 1/1 for committed, but 1/2 was", 10},
		{"loses the log", losesTheLog, Options{Terms: 0, Entries: 1}, "the core checks itself",
			"raft: the state reaches index 1, but the log lies between 0 and 0", 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.Nodes, c.options.Depth = 3, 10
			r := explored(t, c.options, c.deviations)
			require.NotNil(t, r.Violation)
			require.Equal(t, c.invariant, r.Violation.Invariant)
			require.Equal(t, c.says, r.Violation.Text)
			require.Len(t, r.Violation.Trace, c.actions)
			require.Equal(t, c.actions-1, r.Depth, "a shorter way was missed")
			c.options.Depth = c.actions
			require.Nil(t, explored(t, c.options, deviations{}).Violation, "the core itself, within the same bounds")
		})
	}
}

func TestAViolationIsToldInWords(t *testing.T) {
	r := explored(t, Options{Depth: 8, Nodes: 3, Terms: 1, Entries: 1}, ignoresTermBefore)
	require.Equal(t, strings.TrimSpace(`
n1 hears no leader and times out, and its disk finishes at once: campaigns (term 1, last 0)
n2 receives Vote of term 1 from n1, and its disk finishes at once: voted (term 1, for n1)
n1 receives VoteReply of term 1 from n2: became leader (term 1, votes 2)
n2 hears no leader and times out, and its disk finishes at once: campaigns (term 2, last 0)
n3 receives Vote of term 2 from n2, and its disk finishes at once: voted (term 2, for n2)
n2 receives VoteReply of term 2 from n3: became leader (term 2, votes 2)
a client proposes command 1 to n2
n1 receives Append of term 2 from n2 (after 1/2 [2/2:1] commit 0): stepped down (term 2), follows a leader (term 2, leader n2)
`), strings.Join(r.Violation.Trace, "\n"))
	require.Equal(t, strings.TrimSpace(`
n1 follower of term 2, log [ | 1/1:- 2/2:1]
n2 leader of term 2, log [ | 1/2:- 2/2:1]
n3 follower of term 2, log [ | ]
`), strings.Join(r.Violation.State, "\n"))
}

func TestALimitLeavesTheDepthUnknown(t *testing.T) {
	wide := Options{Depth: 9, Nodes: 3, Terms: 2, Entries: 3}
	narrow := wide
	narrow.States = 20_000
	r := explored(t, narrow, deviations{})
	require.ErrorIs(t, r.Stopped, ErrStates)
	require.Equal(t, 6, r.Depth)
	require.GreaterOrEqual(t, r.States, narrow.States)
	require.Less(t, r.States, narrow.States+100)
	require.Positive(t, r.Followed)
	require.Less(t, r.Followed, r.Waiting)

	narrow = wide
	narrow.MemoryBytes = 16 << 20
	r = explored(t, narrow, deviations{})
	require.ErrorIs(t, r.Stopped, ErrMemory)
	require.Less(t, r.Depth, 9)

	ctx, cancel := context.WithCancel(context.Background())
	wide.Completed = func(p Progress) {
		if p.Depth == 5 {
			cancel()
		}
	}
	r, err := Run(ctx, wide)
	require.NoError(t, err)
	require.ErrorIs(t, r.Stopped, context.Canceled)
	require.Equal(t, 5, r.Depth)
}

func TestOptionsOutOfBoundsAreRefused(t *testing.T) {
	for says, o := range map[string]Options{
		"depth 0: choose 1 to 1000": {Nodes: 3},
		"nodes 1: choose 2 to 5":    {Depth: 1, Nodes: 1},
		"nodes 6: choose 2 to 5":    {Depth: 1, Nodes: 6},
		"terms 7: choose 0 to 6":    {Depth: 1, Nodes: 3, Terms: 7},
		"entries 10: choose 0 to 9": {Depth: 1, Nodes: 3, Entries: 10},
		"states -1: choose 0 to":    {Depth: 1, Nodes: 3, States: -1},
		"memory -1: choose 0 to":    {Depth: 1, Nodes: 3, MemoryBytes: -1},
	} {
		_, err := Run(context.Background(), o)
		require.ErrorContains(t, err, says)
	}
}
