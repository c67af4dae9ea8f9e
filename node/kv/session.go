package kv

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/tidwall/btree"

	"senkei/node/limits"
)

// sessionTable remembers the latest command of each client (thesis §6.3). It is bounded,
// in sessions and in the bytes that they hold; the session whose latest command is oldest
// goes first. Such a client learns of it with its next command, unless that command is its
// first one again: a Seq of 1 opens a new session. Clients therefore choose a new name for
// each session.
type sessionTable struct {
	limit    int
	byClient map[string]uint64                  // Session.Index, which names a session in byIndex
	byIndex  *btree.Map[uint64, *SessionRecord] // copied on write, for snapshots; no record is ever changed
	bytes    int                                // Invariant: the sum of SessionRecord.size over all sessions
	sum      uint64                             // Invariant: the sum of hashSession over all sessions
}

func newSessionTable(limit int, from map[string]Session) *sessionTable {
	if limit < 1 {
		panic(fmt.Sprintf("kv: a table of %d sessions", limit))
	}
	t := &sessionTable{
		limit:    limit,
		byClient: make(map[string]uint64, len(from)),
		byIndex:  new(btree.Map[uint64, *SessionRecord]),
	}
	clients := slices.SortedFunc(maps.Keys(from), func(a, b string) int {
		return cmp.Compare(from[a].Index, from[b].Index)
	})
	for _, client := range clients {
		t.push(&SessionRecord{client, from[client]})
	}
	return t
}

// recall returns the answer to a command that must not take effect, or false for one
// that must.
func (t *sessionTable) recall(client string, seq uint64) (Result, bool) {
	if client == "" {
		return Result{}, false
	}
	index, known := t.byClient[client]
	if !known {
		return Result{Code: SessionExpired}, seq != 1
	}
	record, _ := t.byIndex.Get(index)
	last := &record.Session
	if seq == last.Seq {
		return last.Result, true
	}
	return Result{Code: StaleSequence}, seq < last.Seq
}

// put replaces or begins a session, whose Index is the highest of all, and returns
// what changed in the table.
func (t *sessionTable) put(client string, s Session) map[string]*Session {
	if index, known := t.byClient[client]; known {
		t.drop(index)
	}
	record := &SessionRecord{client, s}
	t.push(record)
	change := map[string]*Session{client: &record.Session}
	for len(t.byClient) > t.limit || t.bytes > limits.SessionBytesMax {
		index, oldest, _ := t.byIndex.Min()
		t.drop(index)
		change[oldest.Client] = nil
	}
	return change
}

func (t *sessionTable) push(r *SessionRecord) {
	if other, taken := t.byIndex.Set(r.Session.Index, r); taken {
		panic(fmt.Sprintf("kv: sessions of %q and %q at entry %d", other.Client, r.Client, r.Session.Index))
	}
	t.byClient[r.Client] = r.Session.Index
	t.bytes += r.size()
	t.sum += hashSession(r.Client, &r.Session)
}

func (t *sessionTable) drop(index uint64) {
	r, _ := t.byIndex.Delete(index)
	delete(t.byClient, r.Client)
	t.bytes -= r.size()
	t.sum -= hashSession(r.Client, &r.Session)
}

func (t *sessionTable) all() map[string]Session {
	sessions := make(map[string]Session, t.byIndex.Len())
	t.byIndex.Scan(func(_ uint64, r *SessionRecord) bool {
		sessions[r.Client] = r.Session
		return true
	})
	return sessions
}
