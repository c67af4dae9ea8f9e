package invariants

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"senkei/node/raft"
	"senkei/node/replica"
)

// I2, log matching: if two logs hold an entry with the same index and term, the logs are the
// same up to there (paper §5.3 and Figure 3); inside a log terms never fall.
//
// It is judged entry by entry. Where an index and a term have one content and one term of the
// entry before, everywhere and at all times, equality up to there follows by induction.
var logMatching = rule{"I2", "log matching"}

// entries are all that ever stood in any log, by index.
type entries [][]known

// known is one of them.
type known struct {
	raft.Entry
	hash uint64
	prev uint64 // the term of the entry before it
}

// find returns the entry with this index and term, or nil.
func (s entries) find(index, term uint64) *known {
	if index >= uint64(len(s)) {
		return nil
	}
	for i := range s[index] {
		if s[index][i].Term == term {
			return &s[index][i]
		}
	}
	return nil
}

// add takes in an entry that is not known, none of whose predecessors is unknown either.
func (s *entries) add(e *raft.Entry, prev, hash uint64) {
	for uint64(len(*s)) <= e.Index {
		*s = append(*s, nil)
	}
	(*s)[e.Index] = append((*s)[e.Index], known{*e, hash, prev})
}

// at returns the term of the entry at index in a log that ends with the entry (last, term),
// or false where that log is too short.
func (s entries) at(index, last, term uint64) (uint64, bool) {
	for ; last > index; last-- {
		k := s.find(last, term)
		if k == nil {
			return 0, false
		}
		term = k.prev
	}
	return term, last == index
}

// hash stands for what an entry means: its kind, its command and its configuration.
func hash(e *raft.Entry) uint64 {
	sum := xxhash.Sum64(e.Data) ^ uint64(e.Kind)
	if e.Configuration == nil {
		return sum
	}
	var d xxhash.Digest
	d.Reset()
	for _, s := range e.Configuration.Servers {
		flag := "\x00voter\x00"
		if s.Learner {
			flag = "\x00learner\x00"
		}
		_, _ = d.WriteString(string(s.ID) + "\x00" + s.Addr + flag) // never fails
	}
	return sum ^ d.Sum64()
}

// written follows what a server has its disk make durable.
func (l *Ledger) written(sv *server, p *replica.Persist) {
	if p.Install != nil {
		l.installed(sv, p.Install)
	}
	if len(p.Entries) == 0 || l.broken != nil {
		return
	}
	first := p.Entries[0].Index
	if first <= sv.log.base || first > sv.log.last()+1 {
		l.fail(logMatching, sv, "it writes entry %d to a log that reaches from %d to %d", first, sv.log.base+1, sv.log.last())
		return
	}
	tail := slices.Clone(sv.log.truncate(first)) // seldom more than nothing
	for i := range p.Entries {
		if l.appended(sv, &p.Entries[i], true); l.broken != nil {
			return
		}
	}
	for i, e := range tail {
		index := first + uint64(i)
		if index > sv.log.last() || sv.log.entries[index-sv.log.base-1] != e {
			sv.cut = min(sv.cut, index)
			return
		}
	}
}

// appended takes one more entry into the log of a server. creates says that an entry which
// nobody held before is the server's own.
func (l *Ledger) appended(sv *server, e *raft.Entry, creates bool) {
	last, prev, sum := sv.log.last(), sv.log.lastTerm(), hash(e)
	k := l.seen.find(e.Index, e.Term)
	switch {
	case e.Index != last+1:
		l.fail(logMatching, sv, "entry %d follows entry %d", e.Index, last)
	case e.Term < prev:
		l.fail(logMatching, sv, "entry %d of term %d follows an entry of term %d", e.Index, e.Term, prev)
	case k == nil && !creates:
		l.fail(logMatching, sv, "its disk holds an entry %d of term %d, which nobody ever appended", e.Index, e.Term)
	case k == nil:
		l.seen.add(e, prev, sum)
		l.created(sv, e, prev)
	case k.hash != sum:
		l.fail(logMatching, sv, "its entry %d of term %d is not the one that another log held", e.Index, e.Term)
	case k.prev != prev:
		l.fail(logMatching, sv, "its entry %d of term %d follows an entry of term %d, elsewhere one of term %d", e.Index, e.Term, prev, k.prev)
	}
	if e.Configuration != nil {
		l.follows(sv, e.Index, e.Configuration)
	}
	sv.log.push(entry{e.Term, sum}, e.Configuration)
}

// created judges an entry that a server's log is the first to hold: then the server must lead
// its term, for only leaders append what nobody sent them.
func (l *Ledger) created(sv *server, e *raft.Entry, prev uint64) {
	if e.Term != sv.led {
		l.leads(sv, e.Term, e.Index-1, prev)
	}
	if e.Configuration != nil {
		sv.changes = append(sv.changes, change{index: e.Index, term: e.Term, before: sv.log.latest().index})
	}
}

// judgeLog compares the mirror with what the server says of its log.
func (l *Ledger) judgeLog(sv *server, s *replica.Status) {
	if last := sv.log.last(); s.LastIndex != last && l.broken == nil {
		if s.LastIndex > last || s.LastIndex < sv.log.base {
			l.fail(logMatching, sv, "its log reaches entry %d, but what it had its disk write reaches from %d to %d", s.LastIndex, sv.log.base, last)
			return
		}
		// It dropped a tail and did not tell its disk, which may go on holding it.
		sv.log.truncate(s.LastIndex + 1)
		sv.cut = min(sv.cut, s.LastIndex+1)
	}
	if l.broken != nil {
		return
	}
	if s.Role == raft.Leader && s.Term != sv.led {
		l.leads(sv, s.Term, sv.log.last(), sv.log.lastTerm())
	}
	l.judgeWithdrawal(sv, s.Term)
	l.judgeConfiguration(sv, s)
}

// findsItsLog begins the mirror of a new life.
func (l *Ledger) findsItsLog(sv *server, found *replica.Disk) {
	if found.Base.Index > 0 {
		l.judgeMeta(sv, &found.Base, "its disk holds")
	}
	sv.log = newMirror(found.Base)
	for i := range found.Entries {
		if l.broken != nil {
			return
		}
		e := &found.Entries[i]
		if sv.lives == 1 && l.seen.find(e.Index, e.Term) == nil { // a log made by hand
			l.seen.add(e, sv.log.lastTerm(), hash(e))
		}
		l.appended(sv, e, false)
	}
	sv.configured = sv.log.latest().index
}
