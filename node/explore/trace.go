package explore

import (
	"fmt"
	"slices"
	"strings"

	"senkei/node/raft"
)

// violation tells how the move, taken in the state at a position, breaks an invariant.
func (x *explorer) violation(at int, last move, invariant, text string) *Violation {
	moves := []move{last}
	for at != 0 {
		f := x.states.at(at)
		moves, at = append(moves, f.move), int(f.parent)
	}
	v, w := &Violation{Invariant: invariant, Text: text}, x.states.at(0).world
	for _, m := range slices.Backward(moves) {
		e := x.act(x.servers.items[w.server[m.server]], m.input)
		v.Trace = append(v.Trace, x.words(m)+notes(e.notes))
		w, _ = x.step(&w, m)
	}
	for i := range x.names {
		v.State = append(v.State, x.servers.items[w.server[i]].words())
	}
	return v
}

// words says what happens in a move.
func (x *explorer) words(m move) string {
	name := x.names[m.server]
	var text string
	switch m.kind {
	case timeOut:
		text = fmt.Sprintf("%s hears no leader and times out", name)
	case heartbeat:
		text = fmt.Sprintf("%s sends heartbeats", name)
	case propose:
		text = fmt.Sprintf("a client proposes command %d to %s", m.argument, name)
	case crash:
		text = fmt.Sprintf("%s crashes and restarts", name)
	case finish:
		text = fmt.Sprintf("the disk of %s finishes its oldest write", name)
	case deliver:
		text = fmt.Sprintf("%s receives %s", name, describe(x.messages.items[m.argument]))
	}
	if m.late {
		text += ", having heard no leader for long"
	}
	if m.prompt {
		text += ", and its disk finishes at once"
	}
	return text
}

// notes tells what the core had to say about it.
func notes(notes []raft.Note) string {
	var parts []string
	for _, n := range notes {
		var attrs []string
		for i := 0; i+1 < len(n.Attrs); i += 2 {
			attrs = append(attrs, fmt.Sprint(n.Attrs[i], " ", n.Attrs[i+1]))
		}
		parts = append(parts, fmt.Sprintf("%s (%s)", n.Message, strings.Join(attrs, ", ")))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// words tells the role, the term, the vote and the log of a server, with a bar after the last
// entry that it knows to be committed.
func (s *server) words() string {
	n := s.raft.Commit()
	return fmt.Sprintf("%s %s of term %d, log [%s | %s]", s.id, s.raft.Role(), s.raft.Term(), entries(s.log[:n]), entries(s.log[n:]))
}

// entries writes an entry as index/term:command, the command of a no-op as a dash.
func entries(all []raft.Entry) string {
	var parts []string
	for _, e := range all {
		command := "-"
		if e.Kind == raft.Command {
			command = string(e.Data)
		}
		parts = append(parts, fmt.Sprintf("%d/%d:%s", e.Index, e.Term, command))
	}
	return strings.Join(parts, " ")
}

func describe(m raft.Message) string {
	text := fmt.Sprintf("%s of term %d from %s", m.Type, m.Term, m.From)
	switch {
	case m.Type == raft.Append:
		return fmt.Sprintf("%s (after %d/%d [%s] commit %d)", text, m.Index, m.LogTerm, entries(m.Entries), m.Commit)
	case m.Refused:
		return text + " (refused)"
	case m.Type == raft.AppendReply:
		return fmt.Sprintf("%s (match %d)", text, m.Match)
	}
	return text
}
