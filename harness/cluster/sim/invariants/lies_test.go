package invariants

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
)

// lies are told to real replicas in otherwise honest worlds, each with the invariants that it
// may break first, the one that must be found before all others.
var lies = []struct {
	lie   string
	found []string
	tell  lie
}{
	{"a disk calls a write durable when it begins", []string{"I8"}, lie{early: true}},
	{"a disk loses a vote", []string{"I8"}, lie{found: func(d *replica.Disk) { d.Hard.Vote = raft.None }}},
	{"a disk loses its newest entry, synced or not", []string{"I8"}, lie{found: func(d *replica.Disk) {
		if n := len(d.Entries); d.State.Applied < d.Base.Index+uint64(n) {
			d.Entries = d.Entries[:n-1]
		}
	}}},
	{"a disk damages an entry", []string{"I2"}, lie{found: func(d *replica.Disk) {
		for i := range d.Entries {
			if d.Entries[i].Kind == raft.Command {
				d.Entries[i].Data = kv.Encode(put(99).command)
			}
		}
	}}},
	{"a server forgets its term in a crash", []string{"I6", "I8"}, lie{blind: func(d *replica.Disk) { d.Hard = raft.HardState{Term: 1} }}},
	{"a server forgets its vote in a crash, and a rival asks for votes all the time", []string{"I6", "I8"}, lie{
		blind: func(d *replica.Disk) { d.Hard.Vote = raft.None },
		mail: func(m *raft.Message) []raft.Message {
			if m.Type != raft.AppendReply {
				return nil
			}
			return []raft.Message{{Type: raft.Vote, From: "n9", To: m.From, Term: m.Term, Index: 1, LogTerm: m.Term + 1, Transfer: true}}
		},
	}},
	{"a server forgets a key in a crash", []string{"I5", "I11"}, lie{blind: func(d *replica.Disk) { delete(d.State.Items, "k1") }}},
	{"a server applies its newest entry again after a crash", []string{"I7"}, lie{blind: func(d *replica.Disk) {
		if d.State.Applied > d.Base.Index {
			d.State.Applied--
		}
	}}},
	{"a server falls back to the first configuration in a crash", []string{"I10", "I11"}, lie{blind: func(d *replica.Disk) {
		if d.Base.Index > 1 {
			d.Base.ConfigurationIndex = 1
		}
	}}},
	{"every vote that is refused is taken for granted", []string{"I1", "I3"}, lie{mail: func(m *raft.Message) []raft.Message {
		if m.Type == raft.VoteReply {
			m.Refused = false
		}
		return grantPreVotes(m)
	}}},
	{"every log is taken for up to date", []string{"I3", "I1"}, lie{mail: func(m *raft.Message) []raft.Message {
		if m.Type == raft.Vote || m.Type == raft.PreVote {
			m.LogTerm = m.Term
		}
		return nil
	}}},
	{"followers seem to hold more than they do", []string{"I9"}, lie{mail: func(m *raft.Message) []raft.Message {
		if m.Type == raft.AppendReply && !m.Refused {
			m.Match++
		}
		return nil
	}}},
	{"leaders seem to have committed more than they have", []string{"I9"}, lie{mail: func(m *raft.Message) []raft.Message {
		if m.Type == raft.Append && m.Commit > 0 {
			m.Commit++
		}
		return nil
	}}},
	{"commands change on the way", []string{"I2"}, lie{mail: func(m *raft.Message) []raft.Message {
		for i, e := range m.Entries {
			if e.Kind == raft.Command {
				m.Entries = append([]raft.Entry(nil), m.Entries...)
				m.Entries[i].Data = kv.Encode(put(e.Index).command)
			}
		}
		return nil
	}}},
	{"entries change their term on the way", []string{"I9", "I1", "I2"}, lie{mail: func(m *raft.Message) []raft.Message {
		if len(m.Entries) > 0 && m.LogTerm > 0 {
			m.Entries = append([]raft.Entry(nil), m.Entries...)
			m.Entries[0].Term = m.LogTerm
		}
		return nil
	}}},
	{"snapshots are named by the term of their sender", []string{"I11"}, lie{mail: func(m *raft.Message) []raft.Message {
		if m.Type == raft.Snapshot {
			meta := *m.Meta
			meta.Term = m.Term
			m.Meta = &meta
		}
		return nil
	}}},
	{"snapshots hold an older state than they say", []string{"I11"}, lie{mail: func(m *raft.Message) []raft.Message {
		if m.Type == raft.Snapshot && m.Meta.Index > 1 {
			m.Data, m.Last, _ = kv.New(1).Snapshot(limits.ChunkBytesMax).Chunk(0)
		}
		return nil
	}}},
	{"leaders seem to be confirmed by everybody", []string{"I12"}, lie{mail: func(m *raft.Message) []raft.Message {
		if m.Type != raft.Append {
			return nil
		}
		return []raft.Message{{Type: raft.AppendReply, From: m.To, To: m.From, Term: m.Term, Round: m.Round}}
	}}},
}

// grantPreVotes lets every server campaign that wants to.
func grantPreVotes(m *raft.Message) []raft.Message {
	if m.Type == raft.PreVoteReply && m.Refused {
		m.Refused = false
		m.Term++
	}
	return nil
}

func TestLiesBreakTheRightInvariant(t *testing.T) {
	const worlds, enough = 100, 20
	for _, l := range lies {
		t.Run(l.lie, func(t *testing.T) {
			broken := map[string]int{}
			seed := uint64(0)
			for ; seed < worlds && broken[l.found[0]] < enough; seed++ {
				w := newWorld(t, seed, 3+int(seed%3), l.tell)
				if v := w.runUntilPanic(20_000); v != nil {
					broken[v.Invariant]++
					require.Contains(t, l.found, v.Invariant, "seed %d: %v", seed, v)
				}
			}
			require.Positive(t, broken[l.found[0]], "%v in %d worlds", broken, seed)
			t.Logf("%v in %d worlds", broken, seed)
		})
	}
}

// runUntilPanic is run for worlds in which a server may notice that something is wrong, and stop.
func (w *world) runUntilPanic(acts int) (v *Violation) {
	defer func() {
		if p := recover(); p != nil {
			w.t.Logf("a server stops itself: %s", fmt.Sprint(p))
			v = w.ledger.Broken()
		}
	}()
	return w.run(acts)
}
