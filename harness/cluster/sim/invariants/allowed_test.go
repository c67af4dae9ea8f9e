package invariants

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// allowed is what looks odd and is right. The stage is set as newStage tells.
var allowed = []struct {
	act string
	do  func(*stage)
}{
	{"a pre-vote of a term that is never entered", func(s *stage) {
		s.n2.step(s.n2.message(raft.Message{Type: raft.PreVote, Term: 3}))
		s.n3.step(s.n3.message(raft.Message{Type: raft.PreVoteReply, Term: 3}))
		s.n2.ack(3)
		s.n3.ack(2)
	}},
	{"a vote is given again to the same candidate", func(s *stage) {
		s.n2.restart()
		s.n2.step(s.n2.message(raft.Message{Type: raft.VoteReply, To: "n1"}))
	}},
	{"a vote is refused", func(s *stage) {
		s.n2.enter(3, "n1")
		s.n2.step(s.n2.message(raft.Message{Type: raft.VoteReply, To: "n3", Refused: true}))
	}},
	{"an acknowledged entry goes in a later term", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.replaceEntry4()
		s.n1.write(noOp(4, 3))
		s.n1.ack(4)
	}},
	{"an acknowledgement is overtaken by a later term", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n3.write(put(1).at(3, 2), put(2).at(4, 2))
		old := s.n3.message(raft.Message{Type: raft.AppendReply, Match: 4})
		s.n2.win(3)
		s.n2.write(noOp(4, 3))
		s.n3.status.Term = 3
		persist := replica.Persist{Hard: &raft.HardState{Term: 3}, Entries: []raft.Entry{noOp(4, 3)}}
		s.n3.step(old, persist)
		s.n3.disk.write(persist)
		s.n3.step(old)
	}},
	{"an acknowledgement is overtaken by compaction", func(s *stage) {
		s.n2.step(replica.Compact{Meta: raft.SnapshotMeta{Index: 3, Term: 2, Configuration: s.founding, ConfigurationIndex: 1}})
		s.n2.status.FirstIndex = 4
		s.n2.ack(2)
		s.n3.write(put(1).at(3, 2))
		s.n3.reach(3)
		compact := replica.Compact{Meta: raft.SnapshotMeta{Index: 3, Term: 2, Configuration: s.founding, ConfigurationIndex: 1}}
		s.n3.step(compact)
		s.n3.disk.write(compact)
		s.n3.status.FirstIndex = 4
		s.n3.ack(2)
	}},
	{"an acknowledged entry is written again as it is", func(s *stage) {
		s.n2.write(put(1).at(3, 2))
	}},
	{"a leader commits and changes the configuration in one step", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n2.write(put(2).at(4, 2))
		s.n1.status.Commit = 4
		change := replica.Apply{Change: s.n1.apply(4)}
		e := configured(5, 2, raft.Server{ID: "n1"}, raft.Server{ID: "n2"}, raft.Server{ID: "n3"}, raft.Server{ID: "n4"})
		s.n1.status.LastIndex, s.n1.status.ConfigurationIndex = 5, 5
		s.n1.step(replica.Persist{Entries: []raft.Entry{e}}, change)
	}},
	{"a leader commits and steps down in one step", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n2.write(put(2).at(4, 2))
		s.n1.status.Term, s.n1.status.Role, s.n1.status.Commit = 3, raft.Follower, 4
		s.n1.step(replica.Persist{Hard: &raft.HardState{Term: 3}}, replica.Apply{Change: s.n1.apply(4)})
	}},
	{"a leader counts a server that acknowledged before it lost its disk", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n2.write(put(2).at(4, 2))
		s.n2.ack(4)
		s.ledger.Stopped("n2")
		s.ledger.Wiped("n2")
		s.n1.reach(4)
	}},
	{"a leader counts a server that is down", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n2.write(put(2).at(4, 2))
		s.ledger.Stopped("n2")
		s.n1.reach(4)
	}},
	{"a change of the configuration is committed and answered", func(s *stage) {
		e := configured(4, 2, raft.Server{ID: "n1"}, raft.Server{ID: "n2"})
		s.n1.request(replica.Request{ID: 2, Change: &raft.Change{Kind: raft.RemoveServer, Server: raft.Server{ID: "n3"}}})
		s.n1.write(e)
		s.n2.write(e)
		s.n1.reach(4, replica.Reply{ID: 2, Configuration: *e.Configuration})
		require.EqualValues(s.t, 4, s.ledger.Floor())
	}},
	{"a restart finds an older state, and applies the log again", func(s *stage) {
		s.n2.disk.State = kv.State{Applied: 2}
		s.n2.restart()
		s.n2.reach(3)
	}},
	{"a snapshot is installed, and the log after it kept", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n3.write(put(1).at(3, 2), put(2).at(4, 2))
		s.n3.ack(4)
		s.n3.install(s.n1, func(in *raft.Install) { in.KeepLog = true })
	}},
	{"a stale read misses an acknowledged write", func(s *stage) {
		s.n3.request(replica.Request{ID: 1, Read: &replica.Read{Query: kv.Query{Key: "k"}, Consistency: replica.Stale}})
		s.n3.step(replica.Reply{ID: 1})
	}},
	{"a read that fails misses an acknowledged write", func(s *stage) {
		s.n3.request(replica.Request{ID: 1, Read: &replica.Read{Query: kv.Query{Key: "k"}}})
		s.n3.step(replica.Reply{ID: 1, Err: &replica.Error{Code: replica.Timeout}})
	}},
	{"a repeated command gets the result of the first one", func(s *stage) {
		s.n1.request(replica.Request{ID: 2, Command: put(1).command})
		s.n1.write(put(1).at(4, 2))
		s.n2.write(put(1).at(4, 2))
		s.n1.reach(4, replica.Reply{ID: 2, Result: kv.Result{Code: kv.Done, Revision: 3}})
	}},
	{"a command is refused first, and takes effect when it is repeated", func(s *stage) {
		early, first := put(2), put(1)
		early.command.Client, first.command.Client = "d", "d"
		s.n1.write(early.at(4, 2), first.at(5, 2), early.at(6, 2))
		s.n2.write(early.at(4, 2), first.at(5, 2), early.at(6, 2))
		s.n1.request(replica.Request{ID: 2, Command: early.command})
		s.n1.reach(6, replica.Reply{ID: 2, Result: kv.Result{Code: kv.Done, Revision: 6}})
	}},
}

func TestWhatLooksOddAndIsRightBreaksNothing(t *testing.T) {
	for _, a := range allowed {
		t.Run(a.act, func(t *testing.T) {
			s := newStage(t)
			a.do(s)
			v := s.ledger.Broken()
			require.Nil(t, v, "%v", v)
		})
	}
}
