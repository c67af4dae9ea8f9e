package invariants

import (
	"bytes"
	"slices"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// I12, fresh reads: a linearizable read, by lease or not, is answered from a state that reaches
// every index which was acknowledged to any client before the read began (thesis §6.4).
var freshReads = rule{"I12", "fresh reads"}

// I13, true replies: a command that is answered without an error has been applied: an entry that
// holds it is committed, it took effect, and the answer is its result; likewise a change of the
// configuration (paper §8; thesis §6.3).
//
// Results are computed by a kv.Store of the ledger, see equalStates. The result of a command
// with a session is that of the entry which took effect, however often it was repeated. A
// command without one has no name, so an answer uses up one entry that fits.
var trueReplies = rule{"I13", "true replies"}

// I14, exactly once: of all committed entries with one client and sequence number at most one
// takes effect, on any server (paper §8; thesis §6.3).
//
// It is judged by the changes that servers write alone, whatever their sessions hold. A client
// that returns with sequence number 1 after the store forgot its session is not told from one
// that repeats itself: a run must have fewer than limits.SessionsMax clients.
var exactlyOnce = rule{"I14", "exactly once"}

// openRequest is a request that was not answered yet.
type openRequest struct {
	request replica.Request
	floor   uint64
}

// writes are the commands that are committed.
type writes struct {
	named    map[name]*write
	nameless map[uint64][]write // by hash
}

// name is what makes repetitions of a command recognisable.
type name struct {
	client string
	seq    uint64
}

// write is what became of a command.
type write struct {
	command kv.Command
	index   uint64    // of the entry that takes effect according to the ledger's store, 0 if none does yet
	result  kv.Result // of that entry
	applied uint64    // the entry that took effect on a server, 0 if none did yet
}

func newWrites() writes { return writes{named: map[name]*write{}, nameless: map[uint64][]write{}} }

// committed notes a command whose entry, with this hash, was committed at index. It returns nil
// for a nameless one.
func (w *writes) committed(index uint64, c *kv.Command, hash uint64, result kv.Result, change *kv.Change) *write {
	if c.Client == "" {
		w.nameless[hash] = append(w.nameless[hash], write{command: *c, index: index, result: result})
		return nil
	}
	key := name{c.Client, c.Seq}
	one := w.named[key]
	if one == nil {
		one = &write{command: *c}
		w.named[key] = one
	}
	if one.index == 0 && one.effect(change) {
		one.index, one.result = index, result
	}
	return one
}

// effect reports whether a change is what the command altered: items, or at least its session.
func (w *write) effect(c *kv.Change) bool {
	if len(c.Items) > 0 {
		return true
	}
	session := c.Sessions[w.command.Client]
	return session != nil && session.Seq == w.command.Seq
}

// takesEffect judges the change that a server writes for a committed entry.
func (l *Ledger) takesEffect(sv *server, c *kv.Change) {
	w := l.chain.entries[c.Applied].write
	if w == nil || !w.effect(c) {
		return
	}
	if w.applied != 0 && w.applied != c.Applied {
		l.fail(exactlyOnce, sv, "the command %d of client %q takes effect at entry %d after it took effect at entry %d",
			w.command.Seq, w.command.Client, c.Applied, w.applied)
	}
	w.applied = c.Applied
}

// answered judges a reply.
func (l *Ledger) answered(sv *server, r *replica.Reply) {
	q, open := sv.open[r.ID]
	if !open {
		return
	}
	delete(sv.open, r.ID)
	switch req := &q.request; {
	case r.Err != nil || req.Transfer != nil:
	case req.Change != nil:
		l.judgeChange(sv, r)
	case req.Read == nil:
		l.judgeWrite(sv, &req.Command, &r.Result)
	case req.Read.Consistency == replica.Stale:
	case sv.applied < q.floor:
		l.fail(freshReads, sv, "it answers a %s read at entry %d, but entry %d was acknowledged before the read began",
			req.Read.Consistency, sv.applied, q.floor)
	default:
		l.floor = max(l.floor, sv.applied)
	}
}

// judgeChange looks for the configuration that a change is said to have led to.
func (l *Ledger) judgeChange(sv *server, r *replica.Reply) {
	for i := len(l.chain.configs) - 1; i >= 0; i-- {
		if p := &l.chain.configs[i]; sameServers(p.configuration, r.Configuration) {
			l.floor = max(l.floor, p.index)
			return
		}
	}
	l.fail(trueReplies, sv, "it says that the configuration (%v) was reached, which was never committed", r.Configuration)
}

func (l *Ledger) judgeWrite(sv *server, c *kv.Command, result *kv.Result) {
	if c.Client == "" {
		l.judgeNameless(sv, c, result)
		return
	}
	w := l.writes.named[name{c.Client, c.Seq}]
	switch {
	case w == nil:
		l.fail(trueReplies, sv, "it answers the command %d of client %q, which was never committed", c.Seq, c.Client)
	case !sameCommand(&w.command, c):
		l.fail(trueReplies, sv, "it answers the command %d of client %q, but another one was committed under that number", c.Seq, c.Client)
	case w.index == 0 || w.applied == 0:
		l.fail(trueReplies, sv, "it answers the command %d of client %q, which took no effect", c.Seq, c.Client)
	case !sameResult(&w.result, result):
		l.fail(trueReplies, sv, "it answers the command %d of client %q with %+v, but at entry %d its result was %+v", c.Seq, c.Client, *result, w.index, w.result)
	default:
		l.floor = max(l.floor, w.index)
	}
}

func (l *Ledger) judgeNameless(sv *server, c *kv.Command, result *kv.Result) {
	key := hash(&raft.Entry{Kind: raft.Command, Data: kv.Encode(*c)})
	fitting := l.writes.nameless[key]
	for i := range fitting {
		if w := fitting[i]; sameResult(&w.result, result) {
			l.floor = max(l.floor, w.index)
			l.writes.nameless[key] = append(fitting[:i], fitting[i+1:]...)
			return
		}
	}
	l.fail(trueReplies, sv, "it answers a %s of key %q with %+v, which none of the %d committed entries with that command led to", c.Op, c.Key, *result, len(fitting))
}

// sameCommand reports whether two valid commands are the same.
func sameCommand(a, b *kv.Command) bool {
	if a.Txn == nil || b.Txn == nil {
		return *a == *b
	}
	return bytes.Equal(kv.Encode(*a), kv.Encode(*b))
}

// sameResult reports whether two results are the same; an empty list and none are.
func sameResult(a, b *kv.Result) bool {
	return a.Code == b.Code && a.Value == b.Value && a.Found == b.Found && a.Swapped == b.Swapped && a.Revision == b.Revision &&
		a.More == b.More && a.Succeeded == b.Succeeded && a.FailedOp == b.FailedOp && slices.Equal(a.Items, b.Items) &&
		slices.EqualFunc(a.Results, b.Results, func(a, b kv.Result) bool { return sameResult(&a, &b) })
}
