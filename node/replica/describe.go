package replica

import (
	"fmt"

	"senkei/node/raft"
)

// Describe says of what kind a message is, such as "Append" or "forward", and what it says,
// for people who watch.
func Describe(s Send) (kind, text string) {
	if s.Message != nil {
		return s.Message.Type.String(), describeRaft(*s.Message)
	}
	e, err := decode(s.Data)
	switch {
	case err != nil:
		return "unknown", err.Error()
	case e.Forward != nil && e.Forward.Change != nil:
		return "forward", "a change of the configuration"
	case e.Forward != nil:
		return "forward", fmt.Sprintf("%s %s", e.Forward.Command.Op, e.Forward.Command.Key)
	case e.ReadIndex != nil:
		return "read index", "up to which index must a read wait?"
	case e.Reply.Err != nil:
		return "reply", string(e.Reply.Err.Code)
	case e.Reply.Index > 0:
		return "reply", fmt.Sprintf("a read must wait for %d", e.Reply.Index)
	default:
		return "reply", fmt.Sprintf("done at %d", e.Reply.Result.Revision)
	}
}

func describeRaft(m raft.Message) string {
	term := fmt.Sprintf(" (term %d)", m.Term)
	switch m.Type {
	case raft.Append:
		if len(m.Entries) == 0 {
			return fmt.Sprintf("heartbeat after %d/%d, commit %d", m.Index, m.LogTerm, m.Commit) + term
		}
		first, last := m.Entries[0], m.Entries[len(m.Entries)-1]
		return fmt.Sprintf("entries %d/%d to %d/%d after %d/%d, commit %d", first.Index, first.Term, last.Index, last.Term, m.Index, m.LogTerm, m.Commit) + term
	case raft.AppendReply:
		if m.Refused {
			return fmt.Sprintf("refused after %d, agree at most up to %d/%d", m.Match, m.Index, m.LogTerm) + term
		}
		return fmt.Sprintf("holds up to %d", m.Match) + term
	case raft.Vote, raft.PreVote:
		return fmt.Sprintf("last entry %d/%d", m.Index, m.LogTerm) + term
	case raft.VoteReply, raft.PreVoteReply:
		if m.Refused {
			return "refused" + term
		}
		return "granted" + term
	case raft.Snapshot:
		return fmt.Sprintf("chunk %d of the state at %d/%d", m.Chunk, m.Meta.Index, m.Meta.Term) + term
	case raft.SnapshotReply:
		return fmt.Sprintf("chunk %d of the state at %d is due", m.Chunk, m.Meta.Index) + term
	default:
		return "campaign now" + term
	}
}
