package marks

// Mark is one such point. Its comment says what has just happened there, and what can go wrong
// in that situation. Its value is of use within one build only, its name beyond.
type Mark uint8

// The marks stand in the order of the protocol's parts; each has one place in the sources.
const (
	// Elections.

	// PreVoteRefusedTerm: the candidate's term is over, and the refusal carries the new one.
	PreVoteRefusedTerm Mark = iota
	// PreVoteRefusedLeaderHeard: a leader is heard, so who returns from a partition must not depose it.
	PreVoteRefusedLeaderHeard
	// PreVoteRefusedLog: the candidate could not win, and must not raise the term in vain.
	PreVoteRefusedLog
	// VoteIgnoredLeaderHeard: a leader is heard, so a candidate's higher term must not depose it.
	VoteIgnoredLeaderHeard
	// VoteIgnoredLeaseBound: no leader is known, yet one may still read by a lease that rests on this server.
	VoteIgnoredLeaseBound
	// VoteRefusedVoted: two candidates met in one term, of which only one may get this vote.
	VoteRefusedVoted
	// VoteRefusedLog: a candidate lacks entries that may be committed, and must not get this vote.
	VoteRefusedLog
	// VoteReplyStale: a candidate got a vote from an earlier election, which must not count.
	VoteReplyStale
	// CandidateRefused: a majority refused a candidate, which keeps its term and its own vote.
	CandidateRefused
	// CandidateDeposed: a candidate met a higher term, where the votes that it has are worth nothing.
	CandidateDeposed
	// ElectionUndecided: a candidate's time ran out, so that it has to begin again.
	ElectionUndecided
	// NonVoterWaited: a blank server, a learner or a removed one heard nobody, and must not campaign.
	NonVoterWaited

	// Replication.

	// OldLeaderRefused: a leader of an old term still sends, and must not change the log.
	OldLeaderRefused
	// TermSkipped: a leader goes back further than the hint of a refusal, and not past where the logs agree.
	TermSkipped
	// LogTruncated: entries went that conflict with the leader's; none may be committed.
	LogTruncated
	// AppendRepeated: an Append holds only what the log has, and must not cut off what follows.
	AppendRepeated
	// AppendOverlapsBase: an Append begins before the log does, and only its later part counts.
	AppendOverlapsBase
	// CommitLimited: the leader has committed further than this log is known to agree with its own.
	CommitLimited
	// OldTermNotCounted: a majority holds an entry of an older term, which may still be lost (Figure 8).
	OldTermNotCounted
	// RefusalStale: a refusal is older than what the leader knows, and must not move it back.
	RefusalStale
	// ReplyOfOldTerm: a leader got a reply to what it sent in an earlier term, which must not count.
	ReplyOfOldTerm

	// The disk, and the leader's checks of itself.

	// WritesOverlapped: a write began while another was under way; each frees only its own messages.
	WritesOverlapped
	// AfterPersistWaited: a message that needs no write waits for one under way, which it may repeat.
	AfterPersistWaited
	// CommittedBeforeOwnDisk: the others are a majority, and the leader's own write is not durable.
	CommittedBeforeOwnDisk
	// ApplyWaitedForDisk: the own disk lacks committed entries, and the state must not outrun it.
	ApplyWaitedForDisk
	// WriteOutlived: a write became durable after what it held was truncated, and must not count.
	WriteOutlived
	// DiskStalled: a leader whose disk hangs steps down, because it could answer nobody.
	DiskStalled
	// QuorumLost: a leader that hears no majority steps down; its clients must look elsewhere.
	QuorumLost

	// Snapshots.

	// SnapshotShared: a follower gets the snapshot that another gets; neither may disturb the other.
	SnapshotShared
	// SnapshotAbandoned: who needed a snapshot was not heard for long, so the leader lets it go.
	SnapshotAbandoned
	// SnapshotResumed: a receiver has chunks of another life or leader, which must fit the rest.
	SnapshotResumed
	// SnapshotStale: what a snapshot holds is committed here, and must not be taken back.
	SnapshotStale
	// SnapshotReplacedLog: a snapshot took the place of the whole log, whatever stood after it.
	SnapshotReplacedLog
	// SnapshotKeptLog: the log agrees with a snapshot, and what it acknowledged after that must stay.
	SnapshotKeptLog
	// SnapshotReplacedStaged: another snapshot began before one was complete; they must not mix.
	SnapshotReplacedStaged
	// StagedFound: a server starts with a part of a snapshot, which may end anywhere.
	StagedFound
	// ChunkResent: a chunk seems to be lost and is sent again, perhaps a second time.
	ChunkResent
	// ChunkOutOfOrder: a chunk came twice or too early, and must not be taken.
	ChunkOutOfOrder
	// LogSpared: entries stay that are to follow a snapshot, although compaction would drop them.
	LogSpared

	// Membership.

	// LearnerPromoted: a learner caught up and became a voter, which changes what a majority is.
	LearnerPromoted
	// LeavingDismissed: a server that was removed can know it, and the leader forgets it.
	LeavingDismissed
	// ChangeBeforeOwnEntry: a change came before the leader committed an entry of its own (bug of 2015).
	ChangeBeforeOwnEntry
	// ChangePending: a change came while another is under way; together they could split the majority.
	ChangePending
	// LastVoterKept: a change would leave nobody to vote, and must not reach the log.
	LastVoterKept
	// ConfigurationTruncated: a configuration went with the log, so that the one before is in force.
	ConfigurationTruncated
	// LeaderRemoved: a leader led until its own removal was committed, without counting itself.
	LeaderRemoved
	// RemovedCampaigned: a server campaigns although its log removes it; perhaps no other can win.
	RemovedCampaigned

	// Transfers of the leadership.

	// TimeoutNowSent: the other server has the whole log and is to campaign at once.
	TimeoutNowSent
	// TransferGivenUp: the other server did not take over in time, and the leader goes on.
	TransferGivenUp
	// SuccessorChosen: the leader chose by itself who takes over.
	SuccessorChosen
	// WriteAwaitsTransfer: a write came during a transfer, and waits for how that ends.
	WriteAwaitsTransfer

	// Reads.

	// ReadAwaitsTerm: a new leader does not know yet what is committed, and must not answer.
	ReadAwaitsTerm
	// ReadAwaitsRound: a round is under way that began before this read, and cannot confirm it.
	ReadAwaitsRound
	// ReadAwaitsState: a read is confirmed, but the state has not reached its index.
	ReadAwaitsState
	// ReadLost: a leader stepped down before it could answer a read, which begins again elsewhere.
	ReadLost
	// LeaseServed: a lease answered a read without a round.
	LeaseServed
	// LeaseNotHeld: a leader without a lease, such as one that has run out, needs a round.
	LeaseNotHeld
	// LeaseForfeited: a leader sent TimeoutNow to another, and has no lease whatever its clock says.
	LeaseForfeited
	// FollowerReadBehind: a follower knows the read index, and its state has not reached it.
	FollowerReadBehind
	// ReadIndexRefused: a read index request met somebody that leads no more; its reads wait for who does.
	ReadIndexRefused

	// Clients' requests.

	// RequestParked: nobody is known to lead, so a request waits without being under way.
	RequestParked
	// ForwardRefused: a request was passed on to somebody that leads no more, and waits again.
	ForwardRefused
	// ForwardRepeated: a request that was passed on came twice, and is carried out once.
	ForwardRepeated
	// ForwardOutlived: a request came that was meant for an earlier life, which may have taken it.
	ForwardOutlived
	// LeaderLost: a leadership ended with a write under way, which may or may not take effect.
	LeaderLost
	// DeadlineParked: a request's time ran out before it was under way, so it failed definitely.
	DeadlineParked
	// DeadlineUnderWay: a request's time ran out under way, so its outcome is unknown.
	DeadlineUnderWay
	// ReplyUnwanted: a reply came to nobody, and must not meet another request.
	ReplyUnwanted
	// CommandRepeated: a command was committed twice, and took effect once.
	CommandRepeated
	// SequenceStale: a command came again after a later one of its session, and must not take effect.
	SequenceStale
	// SessionUnknown: a command continues a session that the state does not hold.
	SessionUnknown
	// RemovedSentAway: a removed server, which will hear no leader, sends its clients elsewhere.
	RemovedSentAway
	// PauseForgiven: much time passed between two ticks, which must not count as the leader's silence.
	PauseForgiven

	count
)
