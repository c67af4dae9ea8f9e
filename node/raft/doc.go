// Package raft is the consensus core: Raft as in Ongaro and Ousterhout's paper (USENIX
// ATC 2014) and Ongaro's thesis (2014), with PreVote (thesis §9.6), CheckQuorum
// (§6.2) and ReadIndex (§6.4). It does no I/O, reads no clock, starts no goroutine and
// draws randomness only from its seed. The caller feeds it messages and time, then
// collects what must be persisted and sent from Ready. Start at Raft.
//
// The names are those of Figure 2. Where the text says §, it means the paper, unless
// it says thesis. One rule, one file:
//
//	raft.go            Config, Raft, the calls in and Ready, the only way out
//	roles.go           the four roles and the edges between them; CheckQuorum
//	election.go        PreVote, RequestVote, who may campaign and who may be helped
//	replication.go     AppendEntries on both sides, and the commit rule
//	progress.go        what a leader knows of one follower, and flow control
//	quorum.go          majorities: of votes, and of indices
//	log.go             the log of one server: conflicts, stability, commitment
//	snapshot.go        InstallSnapshot in chunks, and compaction
//	membership.go      changes of the configuration, one server at a time
//	configuration.go   a set of servers, and one step from it to the next
//	configurations.go  which configuration is in force at which index
//	read.go            linearizable reads without a log entry: ReadIndex and leases
//	transfer.go        handing over the leadership
//	message.go         what servers send each other, and what no server would send
//	types.go           entries, hard state, what a restart finds
//	status.go          what people and the caller may look at
//	clone.go           a second server in the same state, for package explore
//
// # The caller's duties
//
// A caller owns a Raft from one goroutine. It calls Tick as time passes, Step for each
// message, and Propose, Read, Reconfigure and Transfer for its clients; after each burst of
// calls it takes Ready once and carries it out. Writes may take as long as they like and
// overlap, as long as they reach the disk in order; Persisted says that one is done, and the
// AfterPersist messages of its Ready may leave only then. Messages may be lost, delayed,
// repeated and reordered by whoever carries them, but not changed.
//
// A restart calls New with what the disk holds. It must find everything that Persisted was
// called for; what was written beyond that may be there or not.
package raft
