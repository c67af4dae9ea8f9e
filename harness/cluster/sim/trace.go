package sim

import (
	"fmt"
	"time"

	"senkei/harness/systems/reference"
	"senkei/history"
	"senkei/node/raft"
	"senkei/node/replica"
)

// Trace keeps what happened in a run, message by message, for people. A nil Trace keeps
// nothing. Of a long run only the latest is kept.
type Trace struct {
	Messages []Message // by Sent
	Moments  []Moment  // by At
	Dropped  int       // how many earlier messages are not kept
}

// tracedMax bounds the messages, and the moments, that are kept; twice as many are held.
const tracedMax = 100_000

// Message is one message between two nodes, or between a client and a node.
type Message struct {
	// From and To are nodes. Where one is empty it is the client Process.
	From, To history.NodeID
	Process  history.Process
	Sent     time.Duration
	Arrived  time.Duration // meaningless if Lost
	Lost     string        // why it did not arrive; empty if it did
	Kind     string        // "Append", "VoteReply", "forward", "request", "reply", …
	Text     string        // what it says
}

// Moment is a turn of events at one node.
type Moment struct {
	Node history.NodeID
	At   time.Duration
	// Kind is a role ("leader", "candidate", "pre-candidate", "follower"), "crash", "power",
	// "restart", "pause", "resume", "commit", "fault" or "note".
	Kind string
	Text string
}

// Why messages are lost.
const (
	lostCut     = "the link is cut"
	lostDropped = "lost"
	lostDown    = "the receiver is down"
	lostFull    = "the receiver is full"
	underWay    = "still under way"
)

// sent notes a message and returns its position.
func (t *Trace) sent(now time.Duration, from, to *server, s replica.Send) int {
	if t == nil {
		return 0
	}
	kind, text := replica.Describe(s)
	return t.add(Message{From: from.slot.node, To: to.slot.node, Sent: now, Lost: underWay, Kind: kind, Text: text})
}

func (t *Trace) add(m Message) int {
	if len(t.Messages) >= 2*tracedMax {
		t.Messages = append([]Message(nil), t.Messages[tracedMax:]...)
		t.Dropped += tracedMax
	}
	t.Messages = append(t.Messages, m)
	return t.Dropped + len(t.Messages) - 1
}

// at returns the message at this position, or nil if it is not kept.
func (t *Trace) at(position int) *Message {
	if t == nil || position < t.Dropped {
		return nil
	}
	return &t.Messages[position-t.Dropped]
}

func (t *Trace) lost(p packet, why string) {
	if m := t.at(p.traced); m != nil && m.Lost == underWay {
		m.Lost = why
	}
}

func (t *Trace) arrived(now time.Duration, p packet) {
	m := t.at(p.traced)
	switch {
	case m == nil:
	case m.Lost == "":
		again := *m
		again.Arrived, again.Text = now, again.Text+" (again)"
		t.add(again)
	default:
		m.Lost, m.Arrived = "", now
	}
}

// request notes what a client sends.
func (t *Trace) request(o *operation, arrives time.Duration, lost bool) {
	if t == nil {
		return
	}
	op := history.Op{In: o.in}
	m := Message{To: o.w.slots[o.slot].node, Process: o.process, Sent: o.w.now, Arrived: arrives, Kind: "request", Text: describe(op)}
	if lost {
		m.Lost = lostDropped
	}
	t.add(m)
}

// reply notes what a node sends back to a client.
func (t *Trace) reply(o *operation, from *server, arrives time.Duration, lost bool, r replica.Reply) {
	if t == nil {
		return
	}
	m := Message{From: from.slot.node, Process: o.process, Sent: o.w.now, Arrived: arrives, Kind: "reply"}
	if r.Err != nil {
		m.Text = string(r.Err.Code)
	} else {
		out, _ := reference.Output(o.in, r.Result) // what is no answer reads as an empty one
		m.Text = history.Op{In: o.in, Out: out, Outcome: history.OK}.String()
	}
	if lost {
		m.Lost = lostDropped
	}
	t.add(m)
}

// describe says what a request is.
func describe(op history.Op) string {
	op.Outcome = history.OK
	if op.In.F == history.Read {
		return "read of " + op.In.Key
	}
	op.Out.Swapped = true
	return op.String()
}

// moment notes a turn of events.
func (t *Trace) moment(now time.Duration, s *server, kind, text string) {
	if t == nil {
		return
	}
	if len(t.Moments) >= 2*tracedMax {
		t.Moments = append([]Moment(nil), t.Moments[tracedMax:]...)
	}
	t.Moments = append(t.Moments, Moment{Node: s.slot.node, At: now, Kind: kind, Text: text})
}

// stepped notes what a step changed; role and commit are those before it.
func (t *Trace) stepped(now time.Duration, s *server, role raft.Role, commit uint64, effects []replica.Effect) {
	if t == nil {
		return
	}
	if s.status.Role != role {
		t.moment(now, s, s.status.Role.String(), fmt.Sprintf("becomes %s in term %d", s.status.Role, s.status.Term))
	}
	if s.status.Commit > commit && s.status.Role == raft.Leader {
		t.moment(now, s, "commit", fmt.Sprintf("commits up to %d", s.status.Commit))
	}
	for _, e := range effects {
		if n, is := e.(replica.Note); is {
			t.moment(now, s, "note", fmt.Sprint(append([]any{n.Message}, n.Attrs...)...))
		}
	}
}
