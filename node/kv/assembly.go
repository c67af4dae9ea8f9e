package kv

import (
	"errors"
	"fmt"
)

// Assembly puts a store together from the chunks of a snapshot. It trusts neither their
// order nor their content: only the hash of the last one says that nothing is missing.
type Assembly struct {
	store    *Store
	complete bool
	hash     uint64 // of the last chunk, once complete
}

// NewAssembly returns an assembly that already has what the chunks before held, which is
// nothing in a zero State.
func NewAssembly(from State) *Assembly {
	return &Assembly{store: Restore(from, 1)} // Store sets the limit, which nothing obeys before
}

// Add adds the next chunk. The error says why it cannot be the next one; the assembly is
// then of no further use.
func (a *Assembly) Add(c Chunk) error {
	if a.complete {
		return errors.New("assemble snapshot: a chunk follows the last one")
	}
	for _, r := range c.Items {
		if err := a.addItem(r); err != nil {
			return fmt.Errorf("assemble snapshot: %w", err)
		}
	}
	for i := range c.Sessions {
		if err := a.addSession(&c.Sessions[i]); err != nil {
			return fmt.Errorf("assemble snapshot: %w", err)
		}
	}
	a.complete, a.hash = c.Last, c.Hash
	return nil
}

func (a *Assembly) addItem(r ItemRecord) error {
	if last, _, some := a.store.items.Max(); some && r.Key <= last {
		return fmt.Errorf("the key %q follows %q", r.Key, last)
	}
	if a.store.sessions.byIndex.Len() > 0 {
		return fmt.Errorf("the key %q follows a session", r.Key)
	}
	a.store.items.Load(r.Key, r.Item)
	a.store.itemsSum += hashItem(r.Key, r.Item)
	return nil
}

func (a *Assembly) addSession(r *SessionRecord) error {
	sessions := a.store.sessions
	if last, _, some := sessions.byIndex.Max(); some && r.Session.Index <= last {
		return fmt.Errorf("the session at entry %d follows the one at %d", r.Session.Index, last)
	}
	if _, known := sessions.byClient[r.Client]; known {
		return fmt.Errorf("the client %q has two sessions", r.Client)
	}
	sessions.push(r)
	return nil
}

// Store returns the store that the chunks describe, which reaches the index applied and
// keeps at most this many sessions. It becomes the caller's. The error says why the chunks
// are not the snapshot of any such store.
func (a *Assembly) Store(applied uint64, sessions int) (*Store, error) {
	s := a.store
	switch n := s.sessions.byIndex.Len(); {
	case !a.complete:
		return nil, errors.New("assemble snapshot: the last chunk is missing")
	case s.Hash() != a.hash:
		return nil, fmt.Errorf("assemble snapshot: the chunks have the hash %016x, but their sender had %016x", s.Hash(), a.hash)
	case n > sessions:
		return nil, fmt.Errorf("assemble snapshot: it holds %d sessions, more than %d", n, sessions)
	}
	s.applied, s.sessions.limit = applied, sessions
	return s, nil
}
