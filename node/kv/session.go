package kv

import (
	"cmp"
	"container/list"
	"fmt"
	"maps"
	"slices"
)

// DefaultSessions is how many sessions a store keeps unless told otherwise.
const DefaultSessions = 10_000

// sessionTable remembers the latest command of each client (thesis §6.3). It is
// bounded; the session whose latest command is oldest goes first. Such a client learns
// of it with its next command, unless that command is its first one again: a Seq of 1
// opens a new session. Clients therefore choose a new name for each session.
type sessionTable struct {
	limit    int
	byClient map[string]*list.Element // of *seat, all of them in byIndex
	byIndex  *list.List               // Invariant: Session.Index rises from front to back
	sum      uint64                   // Invariant: the sum of hashSession over all sessions
}

type seat struct {
	client  string
	session Session
}

func newSessionTable(limit int, from map[string]Session) *sessionTable {
	if limit < 1 {
		panic(fmt.Sprintf("kv: a table of %d sessions", limit))
	}
	t := &sessionTable{limit: limit, byClient: make(map[string]*list.Element, len(from)), byIndex: list.New()}
	clients := slices.SortedFunc(maps.Keys(from), func(a, b string) int {
		return cmp.Or(cmp.Compare(from[a].Index, from[b].Index), cmp.Compare(a, b))
	})
	for _, client := range clients {
		t.push(client, from[client])
	}
	return t
}

// recall returns the answer to a command that must not take effect, or false for one
// that must.
func (t *sessionTable) recall(client string, seq uint64) (Result, bool) {
	if client == "" {
		return Result{}, false
	}
	element, known := t.byClient[client]
	if !known {
		return Result{Code: SessionExpired}, seq != 1
	}
	last := element.Value.(*seat).session
	if seq == last.Seq {
		return last.Result, true
	}
	return Result{Code: StaleSequence}, seq < last.Seq
}

// put replaces or begins a session, whose Index is the highest of all, and returns
// what changed in the table.
func (t *sessionTable) put(client string, s Session) map[string]*Session {
	change := map[string]*Session{client: &s}
	t.drop(client)
	t.push(client, s)
	for len(t.byClient) > t.limit {
		oldest := t.byIndex.Front().Value.(*seat).client
		t.drop(oldest)
		change[oldest] = nil
	}
	return change
}

func (t *sessionTable) push(client string, s Session) {
	t.byClient[client] = t.byIndex.PushBack(&seat{client: client, session: s})
	t.sum += hashSession(client, s)
}

func (t *sessionTable) drop(client string) {
	element, known := t.byClient[client]
	if !known {
		return
	}
	t.sum -= hashSession(client, element.Value.(*seat).session)
	t.byIndex.Remove(element)
	delete(t.byClient, client)
}

func (t *sessionTable) all() map[string]Session {
	sessions := make(map[string]Session, len(t.byClient))
	for client, element := range t.byClient {
		sessions[client] = element.Value.(*seat).session
	}
	return sessions
}
