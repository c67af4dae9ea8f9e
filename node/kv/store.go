package kv

import (
	"fmt"
	"strconv"

	"github.com/tidwall/btree"

	"senkei/node/limits"
)

// Store is the state of one replica. Two stores to which the same commands were
// applied are equal, their hashes too.
type Store struct {
	applied  uint64
	items    *btree.Map[string, Item] // copied on write, for snapshots
	itemsSum uint64                   // Invariant: the sum of hashItem over items
	sessions *sessionTable
}

// New returns an empty store that keeps at most limit sessions, at least 1. The limit
// decides which commands take effect, so every replica of a cluster must use the same.
func New(limit int) *Store { return Restore(State{}, limit) }

// Restore returns a store that continues from the state, of which it takes a copy.
func Restore(from State, limit int) *Store {
	s := &Store{
		applied:  from.Applied,
		items:    new(btree.Map[string, Item]),
		sessions: newSessionTable(limit, from.Sessions),
	}
	for key, item := range from.Items {
		s.items.Set(key, item)
		s.itemsSum += hashItem(key, item)
	}
	return s
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
	items := make(map[string]Item, s.items.Len())
	s.items.Scan(func(key string, item Item) bool {
		items[key] = item
		return true
	})
	return State{Applied: s.applied, Items: items, Sessions: s.sessions.all()}
}

func (s *Store) execute(index uint64, c *Command, change *Change) Result {
	switch c.Op {
	case CompareAndSet:
		return s.compareAndSet(index, c, change)
	case Transact:
		return s.transact(index, c.Txn, change)
	default:
		return s.write(index, c.write(), change)
	}
}

func (s *Store) compareAndSet(index uint64, c *Command, change *Change) Result {
	held, found := s.items.Get(c.Key)
	if found == c.ExpectAbsent || held.Value != c.Expect {
		return Result{Code: Done, Value: held.Value, Found: found, Revision: held.Revision}
	}
	s.set(c.Key, Item{Value: c.Value, Revision: index}, change)
	return Result{Code: Done, Swapped: true, Revision: index}
}

func (s *Store) write(index uint64, w write, change *Change) Result {
	switch w.op {
	case Put:
		s.set(w.key, Item{Value: w.value, Revision: index}, change)
		return Result{Code: Done, Revision: index}
	case Delete:
		return Result{Code: Done, Found: s.remove(w.key, change)}
	case Append:
		held, _ := s.items.Get(w.key)
		if len(held.Value)+len(w.value) > limits.ValueBytesMax {
			return Result{Code: TooLarge}
		}
		s.set(w.key, Item{Value: held.Value + w.value, Revision: index}, change)
		return Result{Code: Done, Revision: index}
	case Increment:
		held, found := s.items.Get(w.key)
		if !found {
			held.Value = "0"
		}
		sum, code := add(held.Value, w.delta)
		if code != Done {
			return Result{Code: code}
		}
		value := strconv.FormatInt(sum, 10)
		s.set(w.key, Item{Value: value, Revision: index}, change)
		return Result{Code: Done, Value: value, Revision: index}
	default:
		panic(fmt.Sprintf("kv: operation %d at entry %d", uint8(w.op), index))
	}
}

func (s *Store) set(key string, item Item, change *Change) {
	if held, found := s.items.Set(key, item); found {
		s.itemsSum -= hashItem(key, held)
	}
	s.itemsSum += hashItem(key, item)
	change.note(key, &item)
}

// remove reports whether the key existed.
func (s *Store) remove(key string, change *Change) bool {
	held, found := s.items.Delete(key)
	if found {
		s.itemsSum -= hashItem(key, held)
		change.note(key, nil)
	}
	return found
}

func (c *Change) note(key string, item *Item) {
	if c.Items == nil {
		c.Items = make(map[string]*Item, 1)
	}
	c.Items[key] = item
}
