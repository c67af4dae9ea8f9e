package raft

import (
	"bytes"
	"fmt"
	"strings"
)

// The trace of a script writes an entry as index/term:command, the command of a no-op as
// a dash. What happens in answer to a message stands indented under it.

func (s *stage) tell(format string, args ...any) {
	if !s.quiet {
		s.announce(format, args...)
	}
}

// announce tells even what happens quietly.
func (s *stage) announce(format string, args ...any) {
	s.trace.WriteString(s.indent)
	fmt.Fprintf(&s.trace, format, args...)
	s.trace.WriteByte('\n')
}

func (s *stage) takeTrace() string {
	defer s.trace.Reset()
	return s.trace.String()
}

func (s *stage) tellNotes(id ID, notes []Note) {
	indent := s.indent
	if s.quiet {
		s.indent = ""
	}
	for _, n := range notes {
		var attrs []string
		for i := 0; i+1 < len(n.Attrs); i += 2 {
			attrs = append(attrs, fmt.Sprint(n.Attrs[i], " ", n.Attrs[i+1]))
		}
		s.announce("%s %s (%s)", id, n.Message, strings.Join(attrs, ", "))
	}
	s.indent = indent
}

func (s *stage) tellWrite(id ID, rd Ready) {
	verb := "persists"
	if s.slow[id] {
		verb = "writes"
	}
	if write := describeWrite(rd); write != "" {
		s.tell("%s %s %s", id, verb, write)
	}
}

func (s *stage) tellProgress(id ID, commit uint64, rd Ready) {
	if commit != s.commit[id] {
		s.commit[id] = commit
		s.tell("%s commits up to %d", id, commit)
	}
	if n := len(rd.Committed); n > 0 {
		s.tell("%s applies %s", id, describeEntries(rd.Committed))
	}
	if rd.Compact != nil {
		s.tell("%s compacts its log up to %d/%d", id, rd.Compact.Index, rd.Compact.Term)
	}
	for _, read := range rd.Reads {
		if read.Lost {
			s.tell("%s gives up read %d", id, read.ID)
		} else {
			s.tell("%s answers read %d from the state at %d", id, read.ID, len(s.servers[id].state))
		}
	}
}

// status tells of each server its role, term, vote and log, with a bar after the last
// entry known to be committed; of one that is down, what its disk holds.
func (s *stage) status(ids []ID) {
	if len(ids) == 0 {
		ids = s.ids
	}
	for _, id := range ids {
		sv := s.servers[id]
		role, hard, base, log, commit := "down", sv.disk.hard, sv.disk.base.Index, sv.disk.log, uint64(len(sv.disk.state))
		if r := sv.raft; r != nil {
			role, hard, base, log, commit = r.role.String(), r.hard, r.log.base, r.log.entries, r.Commit()
		}
		commit -= base
		vote := hard.Vote
		if vote == None {
			vote = "-"
		}
		snapshot := ""
		if base > 0 {
			snapshot = fmt.Sprintf("…%d ", base)
		}
		line := fmt.Sprintf("%s %-13s term %d vote %-2s log %s%s | %s", id, role, hard.Term, vote,
			snapshot, describeEntries(log[:commit]), describeEntries(log[commit:]))
		s.announce("%s", strings.TrimRight(strings.ReplaceAll(line, "  |", " |"), " "))
	}
}

func describe(m Message) string {
	head := fmt.Sprintf("%s->%s %s term %d", m.From, m.To, m.Type, m.Term)
	outcome := "granted"
	if m.Refused {
		outcome = "refused"
	}
	switch m.Type {
	case Vote, PreVote:
		if m.Transfer {
			head += " for a transfer"
		}
		return fmt.Sprintf("%s last %d/%d", head, m.Index, m.LogTerm)
	case VoteReply, PreVoteReply:
		return head + " " + outcome
	case Append:
		return fmt.Sprintf("%s after %d/%d [%s] commit %d%s",
			head, m.Index, m.LogTerm, describeEntries(m.Entries), m.Commit, describeRound(m))
	case AppendReply:
		if m.Refused {
			return fmt.Sprintf("%s refused after %d, hint %d/%d%s", head, m.Match, m.Index, m.LogTerm, describeRound(m))
		}
		return fmt.Sprintf("%s match %d%s", head, m.Match, describeRound(m))
	case Snapshot:
		last := ""
		if m.Last {
			last = ", the last"
		}
		return fmt.Sprintf("%s of %d/%d chunk %d%s", head, m.Meta.Index, m.Meta.Term, m.Chunk, last)
	case SnapshotReply:
		return fmt.Sprintf("%s of %d/%d wants chunk %d", head, m.Meta.Index, m.Meta.Term, m.Chunk)
	case TimeoutNow:
		return head
	default:
		panic(fmt.Sprintf("message of type %s", m.Type))
	}
}

func describeRound(m Message) string {
	if m.Round == 0 {
		return ""
	}
	return fmt.Sprintf(" round %d", m.Round)
}

// describeWrite names what must become durable, and is empty where nothing must.
func describeWrite(rd Ready) string {
	var parts []string
	if h := rd.Hard; h != nil {
		hard := fmt.Sprintf("term %d", h.Term)
		if h.Vote != None {
			hard += fmt.Sprintf(" vote %s", h.Vote)
		}
		parts = append(parts, hard)
	}
	for _, c := range rd.Chunks {
		parts = append(parts, fmt.Sprintf("chunk %d of %d/%d", c.Number, c.Meta.Index, c.Meta.Term))
	}
	if in := rd.Install; in != nil {
		parts = append(parts, fmt.Sprintf("snapshot %d/%d (%s)", in.Meta.Index, in.Meta.Term, in.Meta.Configuration))
		if in.KeepLog {
			parts[len(parts)-1] += " and keeps the log after it"
		}
	}
	if len(rd.Entries) > 0 {
		parts = append(parts, describeEntries(rd.Entries))
	}
	return strings.Join(parts, ", ")
}

func describeEntries(entries []Entry) string {
	var parts []string
	for _, e := range entries {
		part := fmt.Sprintf("%d/%d", e.Index, e.Term)
		switch {
		case e.Kind == NoOp:
			part += ":-"
		case e.Kind == Reconfigure:
			part += fmt.Sprintf(":(%s)", e.Configuration)
		case len(e.Data) > 0:
			part += ":" + string(bytes.TrimRight(e.Data, "\x00"))
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}
