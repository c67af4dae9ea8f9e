package invariants

import (
	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
)

// I4, state machine safety: no two servers, in any of their lives, take different entries for
// committed at the same index (paper §5.4.3 and Figure 3).
var stateMachineSafety = rule{"I4", "state machine safety"}

// I5, equal states: after the same entry all servers have the same state (paper §2: replicated
// state machines compute identical states).
//
// The ledger applies the committed entries to a kv.Store of its own and compares its hash with
// what every server says in every step. The code is the servers' own: what package kv gets
// wrong everywhere in the same way stays unseen.
var equalStates = rule{"I5", "equal states"}

// chain is what is committed: the entries that every server applies.
type chain struct {
	entries []committed // by index; before the founding entry at 1 stands a nil one
	configs []point
	store   *kv.Store
}

type committed struct {
	entry
	state uint64 // the hash of the state after it
	write *write // of a command with a session
}

func newChain(founding *raft.Entry) chain {
	return chain{
		entries: []committed{{}, {entry: entry{founding.Term, hash(founding)}}},
		configs: []point{{founding.Index, *founding.Configuration}},
		store:   kv.Restore(kv.State{Applied: founding.Index}, limits.SessionsMax),
	}
}

func (c *chain) last() uint64 { return uint64(len(c.entries) - 1) }

// configuration returns the one in force at index, which is committed.
func (c *chain) configuration(index uint64) *point {
	i := len(c.configs) - 1
	for i > 0 && c.configs[i].index > index {
		i--
	}
	return &c.configs[i]
}

// agree compares what a server takes for committed now with what is. What nobody took for
// committed before becomes so.
func (l *Ledger) agree(sv *server, upTo uint64) {
	for index := max(sv.commit, sv.log.base) + 1; index <= upTo; index++ {
		e := sv.log.entries[index-sv.log.base-1]
		if index > l.chain.last() {
			if l.extend(sv, index, e); l.broken != nil {
				return
			}
			continue
		}
		if c := l.chain.entries[index]; c.entry != e {
			l.fail(stateMachineSafety, sv, "it takes an entry %d of term %d for committed, but the one of term %d is", index, e.term, c.term)
			return
		}
	}
	sv.commit = upTo
}

// extend adds the next committed entry and applies it.
func (l *Ledger) extend(sv *server, index uint64, e entry) {
	content := l.seen.find(index, e.term)
	c := committed{entry: e}
	var command *kv.Command
	switch content.Kind {
	case raft.Command:
		decoded, err := kv.Decode(content.Data)
		if err != nil {
			l.fail(stateMachineSafety, sv, "the committed entry %d of term %d is no command: %v", index, e.term, err)
			return
		}
		command = &decoded
	case raft.Reconfigure:
		l.chain.configs = append(l.chain.configs, point{index, *content.Configuration})
	}
	result, change := l.chain.store.Apply(index, command)
	c.state = l.chain.store.Hash()
	if command != nil {
		c.write = l.writes.committed(index, command, e.hash, result, &change)
	}
	l.chain.entries = append(l.chain.entries, c)
}

// judgeState compares a server's state with that of the chain.
func (l *Ledger) judgeState(sv *server, s *replica.Status) {
	if l.broken != nil {
		return
	}
	if l.judgeApplied(sv, s); l.broken != nil {
		return
	}
	if state := l.chain.entries[s.Applied].state; s.StateHash != state {
		broken := equalStates
		if s.Applied == sv.log.base { // nothing was applied to what a snapshot brought
			broken = snapshotContent
		}
		l.fail(broken, sv, "after entry %d its state has the hash %016x instead of %016x", s.Applied, s.StateHash, state)
	}
}
