package kv

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// naive is the specification written down without regard to speed: a map of values and
// a list of every session ever begun.
type naive struct {
	limit    int
	values   map[string]Item
	sessions []naiveSession
}

type naiveSession struct {
	client string
	Session
}

func (n *naive) apply(index uint64, c Command) Result {
	at := -1
	for i, s := range n.sessions {
		if s.client == c.Client {
			at = i
		}
	}
	if c.Client != "" {
		switch {
		case at < 0 && c.Seq != 1:
			return Result{Code: SessionExpired}
		case at >= 0 && c.Seq < n.sessions[at].Seq:
			return Result{Code: StaleSequence}
		case at >= 0 && c.Seq == n.sessions[at].Seq:
			return n.sessions[at].Result
		}
	}
	result := n.execute(index, c)
	if c.Client == "" {
		return result
	}
	session := naiveSession{c.Client, Session{Seq: c.Seq, Result: result, Index: index}}
	if at >= 0 {
		n.sessions[at] = session
		return result
	}
	n.sessions = append(n.sessions, session)
	if len(n.sessions) > n.limit {
		oldest := 0
		for i, s := range n.sessions {
			if s.Index < n.sessions[oldest].Index {
				oldest = i
			}
		}
		n.sessions = append(n.sessions[:oldest], n.sessions[oldest+1:]...)
	}
	return result
}

func (n *naive) execute(index uint64, c Command) Result {
	held, found := n.values[c.Key]
	value := c.Value
	switch c.Op {
	case Delete:
		delete(n.values, c.Key)
		return Result{Code: Done, Found: found}
	case CompareAndSet:
		if c.ExpectAbsent && found || !c.ExpectAbsent && !found || !c.ExpectAbsent && held.Value != c.Expect {
			return Result{Code: Done, Value: held.Value, Found: found, Revision: held.Revision}
		}
	case Append:
		value = held.Value + c.Value
	}
	n.values[c.Key] = Item{Value: value, Revision: index}
	return Result{Code: Done, Swapped: c.Op == CompareAndSet, Revision: index}
}

// drawCommand draws from few keys, clients and values, so that commands meet often.
func drawCommand(t *rapid.T) Command {
	c := Command{
		Op:     rapid.SampledFrom([]Op{Put, Delete, CompareAndSet, Append}).Draw(t, "op"),
		Key:    rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key"),
		Client: rapid.SampledFrom([]string{"", "x", "y", "z", "w"}).Draw(t, "client"),
	}
	values := rapid.SampledFrom([]string{"", "0", "1"})
	if c.Op != Delete {
		c.Value = values.Draw(t, "value")
	}
	if c.Op == CompareAndSet {
		if c.ExpectAbsent = rapid.Bool().Draw(t, "absent"); !c.ExpectAbsent {
			c.Expect = values.Draw(t, "expect")
		}
	}
	if c.Client != "" {
		c.Seq = rapid.Uint64Range(1, 5).Draw(t, "seq")
	}
	return c
}

func TestStoreAgreesWithTheNaiveOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 4).Draw(t, "limit")
		store, want := New(limit), &naive{limit: limit, values: map[string]Item{}}
		for i := range rapid.IntRange(0, 60).Draw(t, "length") {
			c := drawCommand(t)
			require.NoError(t, c.Validate())
			index := uint64(i + 1)
			got, _ := store.Apply(index, &c)
			require.Equal(t, want.apply(index, c), got, "entry %d: %+v", index, c)
		}
		state := store.State()
		require.Equal(t, want.values, state.Items)
		sessions := map[string]Session{}
		for _, s := range want.sessions {
			sessions[s.client] = s.Session
		}
		require.Equal(t, sessions, state.Sessions)
	})
}

func TestChangesLeadFromOneStateToTheNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 4).Draw(t, "limit")
		store := New(limit)
		state := store.State()
		for i := range rapid.IntRange(0, 60).Draw(t, "length") {
			var command *Command
			if rapid.IntRange(0, 9).Draw(t, "no-op") > 0 {
				c := drawCommand(t)
				command = &c
			}
			hash := store.Hash()
			before := state
			before.Items, before.Sessions = maps.Clone(state.Items), maps.Clone(state.Sessions)

			_, change := store.Apply(uint64(i+1), command)
			state.Apply(change)

			require.Equal(t, store.State(), state)
			require.Equal(t, store.Hash(), Restore(state, limit).Hash())
			if len(change.Items)+len(change.Sessions) == 0 {
				before.Applied = state.Applied
				require.Equal(t, before, state)
				require.Equal(t, hash, store.Hash())
			}
		}
	})
}

func TestARestoredStoreGoesOnAsTheFirstOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 4).Draw(t, "limit")
		first := New(limit)
		length := rapid.IntRange(0, 60).Draw(t, "length")
		restart := rapid.IntRange(0, length).Draw(t, "restart")
		var second *Store
		for i := range length {
			if i == restart {
				second = Restore(first.State(), limit)
			}
			c := drawCommand(t)
			got, _ := first.Apply(uint64(i+1), &c)
			if second != nil {
				again, _ := second.Apply(uint64(i+1), &c)
				require.Equal(t, got, again)
				require.Equal(t, first.Hash(), second.Hash())
			}
		}
	})
}
