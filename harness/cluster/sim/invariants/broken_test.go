package invariants

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
)

// violations are what no server may do, each with the invariant that it breaks and a part of what
// is said about it. The stage is set as newStage tells.
var violations = []struct {
	act       string
	invariant string
	text      string
	do        func(*stage)
}{
	{"a second server says that it leads the term", "I1", "it leads term 2, and so does n1", func(s *stage) {
		s.n2.status.Role = raft.Leader
		s.n2.step()
	}},
	{"a second server sends what only the leader sends", "I1", "it leads term 2, and so does n1", func(s *stage) {
		s.n2.step(s.n2.message(raft.Message{Type: raft.Append, Index: 3, LogTerm: 2}))
	}},
	{"a follower appends an entry that the leader never had", "I1", "it leads term 2, and so does n1", func(s *stage) {
		s.n2.write(put(2).at(4, 2))
	}},

	{"a follower holds another command under the same index and term", "I2", "its entry 3 of term 2 is not the one", func(s *stage) {
		s.n3.write(put(7).at(3, 2))
	}},
	{"a follower holds another configuration under the same index and term", "I2", "its entry 4 of term 2 is not the one", func(s *stage) {
		s.n1.write(configured(4, 2, raft.Server{ID: "n1"}, raft.Server{ID: "n2"}, raft.Server{ID: "n3"}, raft.Server{ID: "n4", Learner: true}))
		s.n2.write(configured(4, 2, raft.Server{ID: "n1"}, raft.Server{ID: "n2"}, raft.Server{ID: "n3"}, raft.Server{ID: "n4"}))
	}},
	{"a follower keeps an entry in front of a conflict", "I2", "its entry 5 of term 3 follows an entry of term 2, elsewhere one of term 3", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n2.win(3, s.n3)
		s.n2.write(noOp(4, 3), put(2).at(5, 3))
		s.n1.enter(3, raft.None)
		s.n1.write(put(2).at(5, 3))
	}},
	{"a follower keeps the tail behind a conflict", "I2", "entry 5 of term 2 follows an entry of term 3", func(s *stage) {
		s.n1.write(put(2).at(4, 2), put(3).at(5, 2))
		s.n2.win(3, s.n3)
		s.n2.write(noOp(4, 3))
		s.n1.enter(3, raft.None)
		s.n1.write(noOp(4, 3), put(3).at(5, 2))
	}},
	{"a server writes entries with a gap", "I2", "it writes entry 5 to a log that reaches from 2 to 3", func(s *stage) {
		s.n1.step(replica.Persist{Entries: []raft.Entry{put(2).at(5, 2)}})
	}},
	{"entries within one write have a gap", "I2", "entry 6 follows entry 4", func(s *stage) {
		s.n1.step(replica.Persist{Entries: []raft.Entry{put(2).at(4, 2), put(3).at(6, 2)}})
	}},
	{"a log is longer than what was handed to the disk", "I2", "its log reaches entry 4, but", func(s *stage) {
		s.n2.status.LastIndex = 4
		s.n2.step()
	}},
	{"a restart finds a damaged entry", "I2", "its entry 3 of term 2 is not the one", func(s *stage) {
		s.n2.disk.Entries[1].Data = kv.Encode(put(9).command)
		s.n2.restart()
	}},
	{"a restart finds an entry that nobody wrote", "I2", "an entry 4 of term 2, which nobody ever appended", func(s *stage) {
		s.n2.disk.Entries = append(s.n2.disk.Entries, put(9).at(4, 2))
		s.n2.restart()
	}},
	{"a log is kept after a snapshot that it conflicts with", "I2", "it keeps the entry 5 of term 2, which follows an entry of term 2, after a snapshot that ends with term 3", func(s *stage) {
		s.n1.write(put(2).at(4, 2), put(3).at(5, 2))
		s.replaceEntry4()
		s.n1.install(s.n2, func(in *raft.Install) { in.KeepLog = true })
	}},

	{"a leader lacks a committed entry", "I3", "n3 was elected in term 3 with a log that ended at entry 2, but entry 3 of term 2 is committed", func(s *stage) {
		s.n3.win(3, s.n1)
	}},
	{"a leader holds another entry where one is committed", "I3", "n1 was elected in term 4 with an entry 4 of term 2, but the one of term 3 is committed", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.replaceEntry4()
		s.n1.win(4, s.n3)
	}},
	{"an entry is committed that a later leader lacked", "I3", "n3 was elected in term 3 with a log that ended at entry 3, but entry 4 of term 2 is committed", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n2.write(put(2).at(4, 2))
		s.n3.write(put(1).at(3, 2))
		s.n3.win(3)
		s.n1.reach(4)
	}},

	{"two servers commit different entries at one index", "I4", "it takes an entry 4 of term 2 for committed, but the one of term 3 is", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.replaceEntry4()
		s.n1.reach(4)
	}},
	{"what is committed is no command", "I4", "the committed entry 4 of term 2 is no command", func(s *stage) {
		e := raft.Entry{Index: 4, Term: 2, Data: []byte("?")}
		s.n1.write(e)
		s.n2.write(e)
		s.n1.status.Commit = 4
		s.n1.step()
	}},

	{"a state differs after the same entries", "I5", "after entry 3 its state has the hash", func(s *stage) {
		s.n2.store = kv.Restore(kv.State{Applied: 3}, limits.SessionsMax)
		s.n2.step()
	}},
	{"a restart finds another state", "I5", "after entry 3 its state has the hash", func(s *stage) {
		s.n2.disk.State.Items["k"] = kv.Item{Value: "w", Revision: 3}
		s.n2.restart()
		s.n2.step()
	}},

	{"a server's messages fall back to an older term", "I6", "it sends a AppendReply of term 2 after a message of term 3", func(s *stage) {
		s.n2.enter(3, raft.None)
		s.n2.step(s.n2.message(raft.Message{Type: raft.AppendReply, Refused: true}))
		s.n2.status.Term = 2
		s.n2.ack(3)
	}},
	{"a server votes for two candidates in a term", "I6", "its vote for n3 in term 2, after it voted for n1", func(s *stage) {
		s.n2.enter(2, "n3")
		s.n2.step(s.n2.message(raft.Message{Type: raft.VoteReply, To: "n3"}))
	}},
	{"a server campaigns in a term in which it voted for another, after a restart", "I6", "its vote for n2 in term 2, after it voted for n1", func(s *stage) {
		s.n2.restart()
		s.n2.enter(2, "n2")
		s.n2.step(s.n2.message(raft.Message{Type: raft.Vote, To: "n3"}))
	}},

	{"a commit index falls", "I7", "its commit index falls from 3 to 2", func(s *stage) {
		s.n2.status.Commit = 2
		s.n2.step()
	}},
	{"a commit index passes the end of the log", "I7", "its commit index is 4, but its log ends at entry 3", func(s *stage) {
		s.n1.status.Commit = 4
		s.n1.step()
	}},
	{"an entry is applied twice", "I7", "it applies entry 3 after entry 3", func(s *stage) {
		s.n2.step(replica.Apply{Change: kv.Change{Applied: 3}})
	}},
	{"an entry is left out", "I7", "it applies entry 3 after entry 1", func(s *stage) {
		s.n3.write(put(1).at(3, 2))
		s.n3.disk.State = kv.State{Applied: 1}
		s.n3.restart()
		s.n3.status.Commit = 3
		s.n3.step(replica.Apply{Change: kv.Change{Applied: 3}})
	}},
	{"an entry is applied before it is committed", "I7", "it applies entry 4, but its commit index is 3", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n1.step(replica.Apply{Change: s.n1.apply(4)})
	}},
	{"a state moves without an effect", "I7", "its applied index is 3, but what it had its disk write reaches 2", func(s *stage) {
		s.n3.write(put(1).at(3, 2))
		s.n3.apply(3)
		s.n3.status.Commit = 3
		s.n3.step()
	}},
	{"a snapshot takes a server back", "I7", "it installs a snapshot of entry 2, but its commit index is 3", func(s *stage) {
		s.n2.install(s.n3, nil)
	}},
	{"a restart finds a state that was never reached", "I7", "a state at entry 3, but it never applied more than 2", func(s *stage) {
		s.n3.write(put(1).at(3, 2))
		s.n3.disk.State = copied(s.n2.disk.State)
		s.n3.restart()
	}},
	{"a restart finds a state that is newer than the log", "I7", "a state at entry 3 and a log from 1 to 2", func(s *stage) {
		s.n3.disk.State = copied(s.n2.disk.State)
		s.n3.restart()
	}},

	{"a vote leaves before it is durable", "I8", `its vote for n2 in term 3 while its disk holds term 2 and a vote for "n1"`, func(s *stage) {
		s.n3.status.Term = 3
		hard := raft.HardState{Term: 3, Vote: "n2"}
		s.n3.step(replica.Persist{Hard: &hard}, s.n3.message(raft.Message{Type: raft.VoteReply, To: "n2"}))
	}},
	{"a term is durable, but the vote in it is not", "I8", `its vote for n2 in term 3 while its disk holds term 3 and a vote for ""`, func(s *stage) {
		s.n3.enter(3, raft.None)
		s.n3.step(s.n3.message(raft.Message{Type: raft.VoteReply, To: "n2"}))
	}},
	{"a candidate asks for votes before its own is durable", "I8", "it sends a Vote that stands for its vote for n2 in term 3", func(s *stage) {
		s.n2.status.Term, s.n2.status.Role = 3, raft.Candidate
		s.n2.step(s.n2.message(raft.Message{Type: raft.Vote, To: "n1"}))
	}},
	{"a leader speaks before its vote for itself is durable", "I8", "it sends a Append that stands for its vote for n2 in term 3", func(s *stage) {
		s.n2.status.Term, s.n2.status.Role = 3, raft.Leader
		s.n2.step(s.n2.message(raft.Message{Type: raft.Append, To: "n1"}))
	}},
	{"a term is told before it is durable", "I8", "it sends a PreVoteReply of term 3 while its disk holds term 2", func(s *stage) {
		s.n2.status.Term = 3
		s.n2.step(s.n2.message(raft.Message{Type: raft.PreVoteReply, Refused: true}))
	}},
	{"entries are acknowledged before they are durable", "I8", "it acknowledges entry 3 in term 2 while its disk does not hold it", func(s *stage) {
		s.n3.append(put(1).at(3, 2))
		s.n3.ack(3)
	}},
	{"entries are acknowledged over a conflict on the disk", "I8", "it acknowledges entry 4 of term 3 while its disk holds one of term 2", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n2.win(3, s.n3)
		s.n2.write(noOp(4, 3))
		s.n1.enter(3, raft.None)
		s.n1.append(noOp(4, 3))
		s.n1.ack(4)
	}},
	{"entries are acknowledged that the log does not hold", "I8", "it acknowledges entry 3 with a log that ends at entry 2", func(s *stage) {
		s.n3.ack(3)
	}},
	{"an acknowledged entry is cut off by a repeated one", "I8", "it drops its entry 4, although it acknowledged the entries up to 4 in the same term 2", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n2.write(put(2).at(4, 2))
		s.n2.ack(4)
		s.n2.write(put(1).at(3, 2))
	}},
	{"an acknowledged entry goes from the log alone", "I8", "it drops its entry 3, although it acknowledged the entries up to 3", func(s *stage) {
		s.n2.status.LastIndex = 2
		s.n2.step()
	}},
	{"a snapshot drops acknowledged entries behind it", "I8", "it drops its entry 4, although it acknowledged the entries up to 4", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n3.write(put(1).at(3, 2), put(2).at(4, 2))
		s.n3.ack(4)
		s.n3.install(s.n1, nil)
	}},
	{"a restart finds an older term than was told", "I8", "its disk holds term 1 after it sent messages of term 2", func(s *stage) {
		s.n2.disk.Hard = raft.HardState{Term: 1}
		s.n2.restart()
	}},
	{"a restart finds no vote", "I8", `its disk holds a vote for "" in term 2, in which it voted for n1`, func(s *stage) {
		s.n2.disk.Hard.Vote = raft.None
		s.n2.restart()
	}},
	{"a restart finds fewer entries than were acknowledged", "I8", "its log ends at entry 2 after it acknowledged the entries up to 3", func(s *stage) {
		s.n2.disk.Entries, s.n2.disk.State = s.n2.disk.Entries[:1], kv.State{Applied: 2}
		s.n2.restart()
	}},
	{"a restart finds another entry than was acknowledged", "I8", "its disk does not hold the entry 3 of term 2 that it acknowledged", func(s *stage) {
		s.n2.disk.Entries[1].Term = 1
		s.n2.restart()
	}},
	{"a server that lost its disk returns under its name", "I8", "its disk holds term 1 after it sent messages of term 2", func(s *stage) {
		s.ledger.Wiped("n2")
		s.n2.disk = &disk{replica.Founding(s.founding)}
		s.n2.start()
	}},

	{"a leader commits before a majority holds the entry durably", "I9", "it commits entry 4 in term 2 while the disks of 1 of 3 voters hold it", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n2.append(put(2).at(4, 2))
		s.n1.reach(4)
	}},
	{"a leader counts its own entry before it is durable", "I9", "it commits entry 4 in term 2 while the disks of 1 of 3 voters hold it", func(s *stage) {
		s.n1.append(put(2).at(4, 2))
		s.n2.write(put(2).at(4, 2))
		s.n1.reach(4)
	}},
	{"a leader counts a learner", "I9", "while the disks of 2 of 4 voters hold it", func(s *stage) {
		s.addServers()
		s.n1.write(put(2).at(6, 2))
		s.n2.write(put(2).at(6, 2))
		learner := s.puppet("n5", replica.Disk{})
		learner.install(s.n1, func(in *raft.Install) {
			in.Meta.Configuration, in.Meta.ConfigurationIndex = *s.n1.log[5].Configuration, 5
		})
		require.Nil(s.t, s.ledger.Broken())
		s.n1.reach(6)
	}},
	{"a leader counts by the configuration before the one in force", "I9", "while the disks of 2 of 4 voters hold it", func(s *stage) {
		e := configured(4, 2, raft.Server{ID: "n1"}, raft.Server{ID: "n2"}, raft.Server{ID: "n3"}, raft.Server{ID: "n4"})
		s.n1.write(e)
		s.n2.write(e)
		s.n1.reach(4)
	}},
	{"a leader counts a server that lost its disk before it had the entry", "I9", "while the disks of 1 of 3 voters hold it", func(s *stage) {
		s.ledger.Stopped("n2")
		s.ledger.Wiped("n2")
		s.n1.write(put(2).at(4, 2))
		s.n1.reach(4)
	}},
	{"a leader commits an entry of an older term by counting", "I9", "it leads term 3 and commits entry 4 of term 2 by itself", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n1.win(3, s.n3)
		s.n1.write(noOp(5, 3))
		s.n2.enter(3, raft.None)
		s.n2.write(put(2).at(4, 2))
		s.n1.reach(4)
	}},
	{"a follower commits what no leader has committed", "I9", "it takes entry 4 for committed, but no leader has committed more than 3", func(s *stage) {
		s.n1.write(put(2).at(4, 2))
		s.n2.write(put(2).at(4, 2))
		s.n2.reach(4)
	}},

	{"two voters are added at once", "I10", "differ in 2 voters", func(s *stage) {
		s.n1.write(configured(4, 2, raft.Server{ID: "n1"}, raft.Server{ID: "n2"}, raft.Server{ID: "n3"}, raft.Server{ID: "n4"}, raft.Server{ID: "n5"}))
	}},
	{"one voter takes the place of another at once", "I10", "differ in 2 voters", func(s *stage) {
		s.n1.write(configured(4, 2, raft.Server{ID: "n1"}, raft.Server{ID: "n2"}, raft.Server{ID: "n4"}))
	}},
	{"a change begins while another is pending", "I10", "it appends a configuration at entry 5 while the one at 4 is not committed", func(s *stage) {
		s.n1.write(configured(4, 2, raft.Server{ID: "n1"}, raft.Server{ID: "n2"}))
		s.n1.write(configured(5, 2, raft.Server{ID: "n1"}))
	}},
	{"a change begins before the leader's term has a committed entry", "I10", "it appends a configuration at entry 5 in term 3, but the latest entry that is committed, 3, is of term 2", func(s *stage) {
		s.n1.win(3, s.n3)
		s.n1.write(noOp(4, 3))
		s.n1.write(configured(5, 3, raft.Server{ID: "n1"}, raft.Server{ID: "n2"}))
	}},
	{"a server does not go by the latest configuration in its log", "I10", "it goes by the configuration at entry 1, but the latest in its log is at 4", func(s *stage) {
		e := configured(4, 2, raft.Server{ID: "n1"}, raft.Server{ID: "n2"})
		s.n1.write(e)
		s.n2.status.LastIndex = 4
		s.n2.step(replica.Persist{Entries: []raft.Entry{e}})
	}},
	{"a server goes on with a configuration that was cut off", "I10", "it goes by the configuration at entry 4, but the latest in its log is at 1", func(s *stage) {
		s.n1.write(configured(4, 2, raft.Server{ID: "n1"}, raft.Server{ID: "n2"}))
		s.n2.win(3, s.n3)
		s.n2.write(noOp(4, 3))
		s.n1.enter(3, raft.None)
		s.n1.write(noOp(4, 3))
	}},

	{"a snapshot has another term than the entry that it ends with", "I11", "it installs a snapshot of an entry 3 of term 1, but the one of term 2 is committed", func(s *stage) {
		s.n3.install(s.n1, func(in *raft.Install) { in.Meta.Term = 1 })
	}},
	{"a snapshot ends with an entry that is not committed", "I11", "it installs a snapshot of entry 4, but only 3 is committed", func(s *stage) {
		s.n3.install(s.n1, func(in *raft.Install) { in.Meta.Index = 4 })
	}},
	{"a snapshot has another configuration", "I11", "with the configuration of entry 1 (n1 n2) instead of that of entry 1 (n1 n2 n3)", func(s *stage) {
		s.n3.install(s.n1, func(in *raft.Install) {
			in.Meta.Configuration = raft.NewConfiguration(raft.Server{ID: "n1"}, raft.Server{ID: "n2"})
		})
	}},
	{"a snapshot has another state", "I11", "after entry 3 its state has the hash", func(s *stage) {
		s.n1.store = kv.Restore(kv.State{Applied: 3}, limits.SessionsMax)
		s.n3.install(s.n1, nil)
	}},
	{"a leader sends a snapshot with its own term instead of the entry's", "I11", "it sends a snapshot of an entry 3 of term 3, but", func(s *stage) {
		s.n1.win(3, s.n3)
		meta := &raft.SnapshotMeta{Index: 3, Term: 3, Configuration: s.founding, ConfigurationIndex: 1}
		s.n1.step(s.n1.message(raft.Message{Type: raft.Snapshot, Meta: meta}))
	}},
	{"compaction forgets the configuration", "I11", "it cuts its log for a snapshot of entry 3 with the configuration of entry 0 ()", func(s *stage) {
		s.n1.step(replica.Compact{Meta: raft.SnapshotMeta{Index: 3, Term: 2}})
	}},
	{"compaction goes beyond what is applied", "I11", "after entry 3, having applied 2", func(s *stage) {
		s.n3.step(replica.Compact{Meta: raft.SnapshotMeta{Index: 3, Term: 2}})
	}},
	{"a restart finds a base with another term", "I11", "its disk holds a snapshot of an entry 3 of term 1", func(s *stage) {
		s.n3.disk.Base = raft.SnapshotMeta{Index: 3, Term: 1, Configuration: s.founding, ConfigurationIndex: 1}
		s.n3.disk.Entries, s.n3.disk.State = nil, copied(s.n2.disk.State)
		s.n3.restart()
	}},

	{"a linearizable read misses an acknowledged write", "I12", "it answers a linearizable read at entry 2, but entry 3 was acknowledged before", func(s *stage) {
		s.n3.request(replica.Request{ID: 1, Read: &replica.Read{Query: kv.Query{Key: "k"}}})
		s.n3.step(replica.Reply{ID: 1})
	}},
	{"a read by lease misses an acknowledged write", "I12", "it answers a lease read at entry 2, but entry 3 was acknowledged before", func(s *stage) {
		s.n3.request(replica.Request{ID: 1, Read: &replica.Read{Query: kv.Query{Key: "k"}, Consistency: replica.Lease}})
		s.n3.step(replica.Reply{ID: 1})
	}},
	{"a read misses what an earlier read showed", "I12", "it answers a linearizable read at entry 3, but entry 4 was acknowledged before", func(s *stage) {
		s.commit4(put(2))
		s.n1.request(replica.Request{ID: 2, Read: &replica.Read{Query: kv.Query{Key: "k"}}})
		s.n1.step(replica.Reply{ID: 2})
		s.n2.request(replica.Request{ID: 1, Read: &replica.Read{Query: kv.Query{Key: "k"}}})
		s.n2.step(replica.Reply{ID: 1})
	}},

	{"a command is answered that was not committed", "I13", `it answers the command 2 of client "c", which was never committed`, func(s *stage) {
		s.n1.request(replica.Request{ID: 2, Command: put(2).command})
		s.n1.write(put(2).at(4, 2))
		s.n1.step(replica.Reply{ID: 2, Result: kv.Result{Code: kv.Done, Revision: 4}})
	}},
	{"a command is answered in the place of another", "I13", `another one was committed under that number`, func(s *stage) {
		other := put(1).command
		other.Value = "w"
		s.n1.request(replica.Request{ID: 2, Command: other})
		s.n1.step(replica.Reply{ID: 2, Result: kv.Result{Code: kv.Done, Revision: 3}})
	}},
	{"a command is answered with another result", "I13", "but at entry 3 its result was", func(s *stage) {
		s.n1.request(replica.Request{ID: 2, Command: put(1).command})
		s.n1.step(replica.Reply{ID: 2, Result: kv.Result{Code: kv.Done, Revision: 4}})
	}},
	{"a command is answered that took no effect", "I13", `it answers the command 5 of client "d", which took no effect`, func(s *stage) {
		unknown := put(5)
		unknown.command.Client = "d" // not its first one, so that the session is unknown
		s.commit4(unknown)
		s.n1.request(replica.Request{ID: 2, Command: unknown.command})
		s.n1.step(replica.Reply{ID: 2, Result: kv.Result{Code: kv.Done, Revision: 4}})
	}},
	{"a command without a session is answered twice for one entry", "I13", "none of the 0 committed entries", func(s *stage) {
		nameless := order{kv.Command{Op: kv.Put, Key: "k", Value: "v"}}
		s.commit4(nameless)
		for id := range uint64(2) {
			s.n1.request(replica.Request{ID: 2 + id, Command: nameless.command})
			s.n1.step(replica.Reply{ID: 2 + id, Result: kv.Result{Code: kv.Done, Revision: 4}})
		}
	}},
	{"a command without a session is answered with another result", "I13", "none of the 1 committed entries", func(s *stage) {
		nameless := order{kv.Command{Op: kv.Put, Key: "k", Value: "v"}}
		s.commit4(nameless)
		s.n1.request(replica.Request{ID: 2, Command: nameless.command})
		s.n1.step(replica.Reply{ID: 2, Result: kv.Result{Code: kv.Done, Revision: 3}})
	}},
	{"a change of the configuration is answered that was not committed", "I13", "it says that the configuration (n1 n2) was reached", func(s *stage) {
		e := configured(4, 2, raft.Server{ID: "n1"}, raft.Server{ID: "n2"})
		s.n1.request(replica.Request{ID: 2, Change: &raft.Change{Kind: raft.RemoveServer, Server: raft.Server{ID: "n3"}}})
		s.n1.write(e)
		s.n1.step(replica.Reply{ID: 2, Configuration: *e.Configuration})
	}},

	{"a repeated command takes effect again", "I14", `the command 1 of client "c" takes effect at entry 4 after it took effect at entry 3`, func(s *stage) {
		s.n1.write(put(1).at(4, 2))
		s.n2.write(put(1).at(4, 2))
		s.n1.status.Commit = 4
		change := kv.Change{Applied: 4, Items: map[string]*kv.Item{"k": {Value: "v", Revision: 4}}}
		s.n1.step(replica.Apply{Change: change})
	}},
	{"a repeated command is evaluated again, without altering an item", "I14", "takes effect at entry 4 after it took effect at entry 3", func(s *stage) {
		s.n1.write(put(1).at(4, 2))
		s.n2.write(put(1).at(4, 2))
		s.n1.status.Commit = 4
		change := kv.Change{Applied: 4, Sessions: map[string]*kv.Session{"c": {Seq: 1, Index: 4}}}
		s.n1.step(replica.Apply{Change: change})
	}},

	{"a log is not compacted", "I15", "its log keeps 33 applied entries, more than 16 margins of 2", func(s *stage) {
		for i := uint64(4); i <= 34; i++ {
			s.n1.write(put(i).at(i, 2))
			s.n2.write(put(i).at(i, 2))
			s.n1.reach(i)
		}
	}},
	{"more requests are open than there may be", "I15", fmt.Sprintf("%d requests are open", limits.OpenMax+1), func(s *stage) {
		s.n1.status.Open = limits.OpenMax + 1
		s.n1.step()
	}},
}

// replaceEntry4 has n2 lead term 3 and commit its no-op as entry 4.
func (s *stage) replaceEntry4() {
	s.n3.write(put(1).at(3, 2))
	s.n2.win(3, s.n3)
	s.n2.write(noOp(4, 3))
	s.n3.write(noOp(4, 3))
	s.n2.reach(4)
	s.n1.enter(3, raft.None)
}

// commit4 has n1 commit a command as entry 4.
func (s *stage) commit4(o order) {
	s.n1.write(o.at(4, 2))
	s.n2.write(o.at(4, 2))
	s.n1.reach(4)
}

// addServers makes n4 a voter and n5 a learner, in entries 4 and 5.
func (s *stage) addServers() {
	servers := []raft.Server{{ID: "n1"}, {ID: "n2"}, {ID: "n3"}, {ID: "n4"}, {ID: "n5", Learner: true}}
	s.n3.write(put(1).at(3, 2))
	for i := range uint64(2) {
		e := configured(4+i, 2, servers[:4+i]...)
		for _, p := range []*puppet{s.n1, s.n2, s.n3} {
			p.write(e)
		}
		s.n1.reach(e.Index)
	}
}

func TestEachInvariantIsBrokenByItsCases(t *testing.T) {
	broken := map[string]bool{}
	for _, d := range violations {
		t.Run(d.act, func(t *testing.T) {
			s := newStage(t)
			d.do(s)
			v := s.ledger.Broken()
			require.NotNil(t, v, "nothing is broken")
			require.Equal(t, d.invariant, v.Invariant, "%v", v)
			require.Contains(t, v.Text, d.text)
			require.True(t, strings.HasPrefix(v.String(), d.invariant+" ("+v.Name+") at "+string(v.Server)+": "))
		})
		broken[d.invariant] = true
	}
	for i := range 15 {
		require.True(t, broken[fmt.Sprintf("I%d", i+1)], "nothing here breaks I%d", i+1)
	}
}

func TestOnlyTheFirstViolationIsTold(t *testing.T) {
	s := newStage(t)
	s.n2.status.Commit = 2
	s.n2.step()
	first := *s.ledger.Broken()
	s.n3.win(3, s.n1)
	s.n1.restart()
	require.Equal(t, first, *s.ledger.Broken())
}

func TestEveryFieldOfAResultIsCompared(t *testing.T) {
	for i := range reflect.TypeFor[kv.Result]().NumField() {
		var a, b kv.Result
		switch f := reflect.ValueOf(&b).Elem().Field(i); f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Uint8, reflect.Uint64:
			f.SetUint(1)
		case reflect.Int:
			f.SetInt(1)
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		}
		require.True(t, sameResult(&b, &b))
		require.False(t, sameResult(&a, &b), "%+v", b)
	}
	one := kv.Result{Results: []kv.Result{{Items: []kv.ItemRecord{{Key: "k"}}}}}
	other := kv.Result{Results: []kv.Result{{Items: []kv.ItemRecord{{Key: "l"}}}}}
	require.False(t, sameResult(&one, &other))
}

func TestATransactionIsComparedByItsContent(t *testing.T) {
	txn := func(key string) *kv.Command {
		return &kv.Command{Op: kv.Transact, Txn: &kv.Txn{Then: []kv.TxnOp{{Op: kv.Delete, Key: key}}}}
	}
	require.True(t, sameCommand(txn("k"), txn("k")))
	require.False(t, sameCommand(txn("k"), txn("l")))
	require.False(t, sameCommand(txn("k"), &kv.Command{Op: kv.Delete, Key: "k"}))
}
