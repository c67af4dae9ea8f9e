package explore

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/raft"
)

// voter returns a server that has granted a vote which its disk has not finished writing.
func voter(t *testing.T, x *explorer) effect {
	w := x.founded()
	vote := raft.Message{Type: raft.Vote, From: "n1", To: "n2", Term: 1}
	e := x.act(x.servers.items[w.server[1]], input{kind: deliver, argument: x.number([]raft.Message{vote})[0]})
	require.Len(t, e.next.writes, 1)
	return e
}

func TestAPromiseLeavesOnceTheDiskHasFinished(t *testing.T) {
	x := newExplorer(Options{Nodes: 3}, deviations{})
	e := voter(t, x)
	require.Empty(t, e.sent)
	e = x.act(e.next, input{kind: finish})
	require.Empty(t, e.next.writes)
	require.Len(t, e.sent, 1)
	reply := x.messages.items[e.sent[0]]
	require.Equal(t, raft.VoteReply, reply.Type)
	require.False(t, reply.Refused)
}

func TestAPromptDiskMakesOneActionOfTwo(t *testing.T) {
	x := newExplorer(Options{Nodes: 3}, deviations{})
	w := x.founded()
	slow := voter(t, x)
	finished := x.act(slow.next, input{kind: finish})
	prompt := x.act(x.servers.items[w.server[1]], input{kind: deliver, prompt: true})
	require.Equal(t, x.remember(finished.next), x.remember(prompt.next))
	require.Equal(t, finished.sent, prompt.sent)
}

func TestACrashLosesWhatTheDiskHasNotFinished(t *testing.T) {
	x := newExplorer(Options{Nodes: 3}, deviations{})
	fresh := x.servers.items[x.founded().server[1]]
	e := voter(t, x)
	crashed := x.act(e.next, input{kind: crash})
	require.Equal(t, x.remember(fresh), x.remember(crashed.next))
	finished := x.act(e.next, input{kind: finish})
	crashed = x.act(finished.next, input{kind: crash})
	require.Equal(t, raft.HardState{Term: 1, Vote: "n1"}, crashed.next.durable.hard)
	require.Equal(t, uint64(1), crashed.next.raft.Term())
}

func TestAnActionLeavesTheServerBeforeItAlone(t *testing.T) {
	x := newExplorer(Options{Depth: 1, Nodes: 3, Terms: 3, Entries: 3, PreVotes: true}, deviations{})
	for seed := range uint64(20) {
		walk(x, seed, 100, func(from world, m move, _ world) {
			s := x.servers.items[from.server[m.server]]
			require.Equal(t, from.server[m.server], x.remember(s))
		})
	}
}
