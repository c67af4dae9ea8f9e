package kv

import (
	"fmt"
	"maps"
)

// Store is the state of one replica. Two stores to which the same commands were
// applied are equal, their hashes too.
type Store struct {
	applied  uint64
	items    map[string]Item
	itemsSum uint64 // Invariant: the sum of hashItem over items
	sessions *sessionTable
}

// New returns an empty store that keeps at most limit sessions, at least 1. The limit
// decides which commands take effect, so every replica of a cluster must use the same.
func New(limit int) *Store { return Restore(State{}, limit) }

// Restore returns a store that continues from the state, of which it takes a copy.
func Restore(from State, limit int) *Store {
	s := &Store{
		applied:  from.Applied,
		items:    make(map[string]Item, len(from.Items)),
		sessions: newSessionTable(limit, from.Sessions),
	}
	for key, item := range from.Items {
		s.items[key] = item
		s.itemsSum += hashItem(key, item)
	}
	return s
}

// Get reads one key.
func (s *Store) Get(key string) Result {
	item, found := s.items[key]
	return Result{Code: Done, Value: item.Value, Found: found, Revision: item.Revision}
}

// Apply applies the entry with the given log index, which must be the one after
// Applied. A nil command is a no-op, whose Result is zero; any other must be valid
// (see Command.Validate). A command that its client repeats has no effect and gets the
// result it got first (thesis §6.3).
func (s *Store) Apply(index uint64, c *Command) (Result, Change) {
	if index != s.applied+1 {
		panic(fmt.Sprintf("kv: entry %d applied after entry %d", index, s.applied))
	}
	s.applied = index
	change := Change{Applied: index}
	if c == nil {
		return Result{}, change
	}
	if result, answered := s.sessions.recall(c.Client, c.Seq); answered {
		return result, change
	}
	result := s.execute(index, c, &change)
	if c.Client != "" {
		change.Sessions = s.sessions.put(c.Client, Session{Seq: c.Seq, Result: result, Index: index})
	}
	return result, change
}

// Applied is the index of the last entry applied.
func (s *Store) Applied() uint64 { return s.applied }

// Hash is equal for equal items and sessions, and, but for a chance of about 2⁻⁶⁴,
// different for different ones. It takes constant time.
func (s *Store) Hash() uint64 { return s.itemsSum + s.sessions.sum }

// State returns a copy of the whole state.
func (s *Store) State() State {
	return State{Applied: s.applied, Items: maps.Clone(s.items), Sessions: s.sessions.all()}
}

func (s *Store) execute(index uint64, c *Command, change *Change) Result {
	held, found := s.items[c.Key]
	switch c.Op {
	case Put:
		s.set(c.Key, Item{Value: c.Value, Revision: index}, change)
		return Result{Code: Done, Revision: index}
	case Delete:
		if found {
			s.remove(c.Key, change)
		}
		return Result{Code: Done, Found: found}
	case CompareAndSet:
		if found == c.ExpectAbsent || held.Value != c.Expect {
			return Result{Code: Done, Value: held.Value, Found: found, Revision: held.Revision}
		}
		s.set(c.Key, Item{Value: c.Value, Revision: index}, change)
		return Result{Code: Done, Swapped: true, Revision: index}
	case Append:
		if len(held.Value)+len(c.Value) > MaxValueBytes {
			return Result{Code: TooLarge}
		}
		s.set(c.Key, Item{Value: held.Value + c.Value, Revision: index}, change)
		return Result{Code: Done, Revision: index}
	default:
		panic(fmt.Sprintf("kv: operation %d at entry %d", uint8(c.Op), index))
	}
}

func (s *Store) set(key string, item Item, change *Change) {
	if held, found := s.items[key]; found {
		s.itemsSum -= hashItem(key, held)
	}
	s.items[key] = item
	s.itemsSum += hashItem(key, item)
	change.Items = map[string]*Item{key: &item}
}

func (s *Store) remove(key string, change *Change) {
	s.itemsSum -= hashItem(key, s.items[key])
	delete(s.items, key)
	change.Items = map[string]*Item{key: nil}
}
