package kv

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/limits"
)

// step is one entry applied, and the result it must have.
type step struct {
	command *Command
	want    Result
}

func done(r Result) Result {
	r.Code = Done
	return r
}

func TestEachOperationDoesWhatItSays(t *testing.T) {
	put := func(value string) *Command { return &Command{Op: Put, Key: "k", Value: value} }
	cas := func(expect, value string) *Command {
		return &Command{Op: CompareAndSet, Key: "k", Expect: expect, Value: value}
	}
	create := func(value string) *Command {
		return &Command{Op: CompareAndSet, Key: "k", ExpectAbsent: true, Value: value}
	}
	remove := &Command{Op: Delete, Key: "k"}
	add := func(value string) *Command { return &Command{Op: Append, Key: "k", Value: value} }

	for name, c := range map[string]struct {
		steps []step
		read  Result
	}{
		"an absent key is not found": {nil, done(Result{})},
		"put stores, and its index is the revision": {
			[]step{{put("a"), done(Result{Revision: 1})}},
			done(Result{Value: "a", Found: true, Revision: 1}),
		},
		"putting the same value again raises the revision": {
			[]step{{put("a"), done(Result{Revision: 1})}, {put("a"), done(Result{Revision: 2})}},
			done(Result{Value: "a", Found: true, Revision: 2}),
		},
		"the empty value is a value": {
			[]step{{put(""), done(Result{Revision: 1})}},
			done(Result{Found: true, Revision: 1}),
		},
		"a no-op moves nothing but the index": {
			[]step{{put("a"), done(Result{Revision: 1})}, {nil, Result{}}},
			done(Result{Value: "a", Found: true, Revision: 1}),
		},
		"delete says that the key was there": {
			[]step{{put("a"), done(Result{Revision: 1})}, {remove, done(Result{Found: true})}},
			done(Result{}),
		},
		"deleting an absent key succeeds": {
			[]step{{remove, done(Result{})}},
			done(Result{}),
		},
		"compare-and-set swaps what it expects": {
			[]step{{put("a"), done(Result{Revision: 1})}, {cas("a", "b"), done(Result{Swapped: true, Revision: 2})}},
			done(Result{Value: "b", Found: true, Revision: 2}),
		},
		"a refused compare-and-set answers with what the key holds": {
			[]step{
				{put("a"), done(Result{Revision: 1})},
				{cas("x", "b"), done(Result{Value: "a", Found: true, Revision: 1})},
			},
			done(Result{Value: "a", Found: true, Revision: 1}),
		},
		"compare-and-set does not take an absent key for an empty one": {
			[]step{{cas("", "b"), done(Result{})}},
			done(Result{}),
		},
		"compare-and-set creates an absent key": {
			[]step{{create("b"), done(Result{Swapped: true, Revision: 1})}},
			done(Result{Value: "b", Found: true, Revision: 1}),
		},
		"compare-and-set does not take an empty key for an absent one": {
			[]step{{put(""), done(Result{Revision: 1})}, {create("b"), done(Result{Found: true, Revision: 1})}},
			done(Result{Found: true, Revision: 1}),
		},
		"append creates and extends": {
			[]step{{add("a"), done(Result{Revision: 1})}, {add("b"), done(Result{Revision: 2})}},
			done(Result{Value: "ab", Found: true, Revision: 2}),
		},
		"append stops at the size limit": {
			[]step{
				{put(strings.Repeat("v", limits.ValueBytesMax-1)), done(Result{Revision: 1})},
				{add("ab"), Result{Code: TooLarge}},
				{add("a"), done(Result{Revision: 3})},
			},
			done(Result{Value: strings.Repeat("v", limits.ValueBytesMax-1) + "a", Found: true, Revision: 3}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(limits.SessionsMax)
			applyAll(t, s, c.steps)
			require.Equal(t, c.read, s.Read(Query{Key: "k"}))
			require.Equal(t, uint64(len(c.steps)), s.Applied())
		})
	}
}

func TestSessionsMakeRetriesHarmless(t *testing.T) {
	add := func(client string, seq uint64) *Command {
		return &Command{Op: Append, Key: "k", Value: client, Client: client, Seq: seq}
	}
	expired, stale := Result{Code: SessionExpired}, Result{Code: StaleSequence}
	revision := func(n uint64) Result { return done(Result{Revision: n}) }

	for name, c := range map[string]struct {
		limit int
		steps []step
		value string
	}{
		"a retry has no effect and gets the first result": {
			2, []step{{add("a", 1), revision(1)}, {add("b", 1), revision(2)}, {add("a", 1), revision(1)}}, "ab",
		},
		"a session begins with its first sequence number": {
			2, []step{{add("a", 2), expired}, {add("a", 1), revision(2)}, {add("a", 2), revision(3)}}, "aa",
		},
		"an earlier sequence number is stale": {
			2, []step{{add("a", 1), revision(1)}, {add("a", 2), revision(2)}, {add("a", 1), stale}}, "aa",
		},
		"a client may leave sequence numbers out": {
			2, []step{{add("a", 1), revision(1)}, {add("a", 7), revision(2)}, {add("a", 6), stale}}, "aa",
		},
		"commands without a client are not remembered": {
			1, []step{
				{&Command{Op: Append, Key: "k", Value: "x"}, revision(1)},
				{&Command{Op: Append, Key: "k", Value: "x"}, revision(2)},
			}, "xx",
		},
		"the session with the oldest command is forgotten first": {
			2, []step{
				{add("a", 1), revision(1)}, {add("b", 1), revision(2)}, {add("a", 2), revision(3)},
				{add("c", 1), revision(4)}, {add("b", 2), expired}, {add("a", 2), revision(3)},
			}, "abac",
		},
		"a retry does not make a session younger": {
			2, []step{
				{add("a", 1), revision(1)}, {add("b", 1), revision(2)}, {add("a", 1), revision(1)},
				{add("c", 1), revision(4)}, {add("a", 2), expired},
			}, "abc",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(c.limit)
			applyAll(t, s, c.steps)
			require.Equal(t, c.value, s.Read(Query{Key: "k"}).Value)
			require.LessOrEqual(t, len(s.State().Sessions), c.limit)
		})
	}
}

func TestWhatWasRefusedOnceStaysRefusedForItsRetry(t *testing.T) {
	cas := &Command{Op: CompareAndSet, Key: "k", Expect: "b", Value: "c", Client: "x", Seq: 1}
	large := &Command{Op: Append, Key: "l", Value: "bb", Client: "y", Seq: 1}
	refused := done(Result{Value: "a", Found: true, Revision: 1})
	s := New(2)
	applyAll(t, s, []step{
		{&Command{Op: Put, Key: "k", Value: "a"}, done(Result{Revision: 1})},
		{&Command{Op: Put, Key: "l", Value: strings.Repeat("v", limits.ValueBytesMax-1)}, done(Result{Revision: 2})},
		{cas, refused},
		{large, Result{Code: TooLarge}},
		{&Command{Op: Put, Key: "k", Value: "b"}, done(Result{Revision: 5})},
		{&Command{Op: Delete, Key: "l"}, done(Result{Found: true})},
		{cas, refused},
		{large, Result{Code: TooLarge}},
	})
	require.Equal(t, "b", s.Read(Query{Key: "k"}).Value)
	require.False(t, s.Read(Query{Key: "l"}).Found)
}

func TestSessionsSurviveARestart(t *testing.T) {
	first := New(2)
	a := &Command{Op: Append, Key: "k", Value: "a", Client: "a", Seq: 1}
	b := &Command{Op: Append, Key: "k", Value: "b", Client: "b", Seq: 1}
	applyAll(t, first, []step{{a, done(Result{Revision: 1})}, {b, done(Result{Revision: 2})}})

	second := Restore(first.State(), 2)
	applyAll(t, second, []step{
		{a, done(Result{Revision: 1})},
		{&Command{Op: Put, Key: "x", Client: "c", Seq: 1}, done(Result{Revision: 4})},
		{&Command{Op: Put, Key: "x", Client: "a", Seq: 2}, Result{Code: SessionExpired}},
		{b, done(Result{Revision: 2})},
	})
	require.Equal(t, "ab", second.Read(Query{Key: "k"}).Value)
}

func TestSessionsTogetherAreBoundedInBytes(t *testing.T) {
	s := New(limits.SessionsMax)
	s.Apply(1, &Command{Op: Put, Key: "k", Value: strings.Repeat("v", limits.ValueBytesMax)})
	// A refused compare-and-set keeps what the key holds.
	sessions := limits.SessionBytesMax / limits.ValueBytesMax
	for i := range sessions + 2 {
		_, change := s.Apply(uint64(i+2), &Command{Op: CompareAndSet, Key: "k", Client: fmt.Sprint(i), Seq: 1})
		if i >= sessions-1 {
			require.Contains(t, change.Sessions, fmt.Sprint(i-sessions+1), "the oldest goes")
			require.Len(t, change.Sessions, 2)
		}
	}
	require.LessOrEqual(t, s.sessions.bytes, limits.SessionBytesMax)
	require.Equal(t, Restore(s.State(), limits.SessionsMax).sessions.bytes, s.sessions.bytes)
}

func TestStateIsACopy(t *testing.T) {
	s := New(1)
	applyAll(t, s, []step{{&Command{Op: Put, Key: "k", Client: "c", Seq: 1}, done(Result{Revision: 1})}})
	copied := s.State()
	hash := s.Hash()
	delete(copied.Items, "k")
	delete(copied.Sessions, "c")
	require.True(t, s.Read(Query{Key: "k"}).Found)
	require.Len(t, s.State().Sessions, 1)
	require.Equal(t, hash, s.Hash())
}

func TestApplyRefusesAGapAndAnUnknownOperation(t *testing.T) {
	require.Panics(t, func() { New(1).Apply(2, nil) })
	require.Panics(t, func() { New(1).Apply(0, nil) })
	require.Panics(t, func() { New(1).Apply(1, &Command{Key: "k"}) })
	require.Panics(t, func() { New(0) })
	twice := map[string]Session{"a": {Seq: 1, Index: 1}, "b": {Seq: 1, Index: 1}}
	require.Panics(t, func() { Restore(State{Applied: 1, Sessions: twice}, 2) }, "one entry has one client")
}

func TestHashTellsStatesApart(t *testing.T) {
	states := []State{
		{},
		{Items: map[string]Item{"a": {Value: "b", Revision: 1}}},
		{Items: map[string]Item{"a": {Value: "b", Revision: 2}}},
		{Items: map[string]Item{"ab": {Value: "", Revision: 1}}},
		{Items: map[string]Item{"b": {Value: "a", Revision: 1}}},
		{Items: map[string]Item{"a": {Value: "", Revision: 1}}},
		{Sessions: map[string]Session{"a": {Seq: 1, Index: 1}}},
		{Sessions: map[string]Session{"a": {Seq: 2, Index: 1}}},
		{Sessions: map[string]Session{"a": {Seq: 1, Index: 2}}},
		{Sessions: map[string]Session{"a": {Seq: 1, Index: 1, Result: Result{Code: Done}}}},
		{Sessions: map[string]Session{"a": {Seq: 1, Index: 1, Result: Result{Code: Done, Found: true}}}},
		{Sessions: map[string]Session{"a": {Seq: 1, Index: 1, Result: Result{Code: Done, Swapped: true}}}},
		{Sessions: map[string]Session{"a": {Seq: 1, Index: 1, Result: Result{Code: Done, Value: "v"}}}},
		{Sessions: map[string]Session{"a": {Seq: 1, Index: 1, Result: Result{Code: Done, More: true}}}},
		{Sessions: map[string]Session{"a": {Seq: 1, Index: 1, Result: Result{Code: Done, Succeeded: true}}}},
		{Sessions: map[string]Session{"a": {Seq: 1, Index: 1, Result: Result{Code: Done, FailedOp: 1}}}},
		{Sessions: map[string]Session{"a": {Seq: 1, Index: 1, Result: Result{Code: Done, Results: []Result{{}}}}}},
		{Sessions: map[string]Session{"a": {Seq: 1, Index: 1, Result: Result{Code: Done, Items: []ItemRecord{{}}}}}},
	}
	seen := map[uint64]int{}
	for i, state := range states {
		hash := Restore(state, 1).Hash()
		if other, found := seen[hash]; found {
			t.Errorf("states %d and %d have the same hash", i, other)
		}
		seen[hash] = i
	}
}

// applyAll applies the steps one after another and checks their results.
func applyAll(t *testing.T, s *Store, steps []step) {
	t.Helper()
	for i, step := range steps {
		got, change := s.Apply(s.Applied()+1, step.command)
		require.Equal(t, step.want, got, "step %d", i)
		require.Equal(t, s.Applied(), change.Applied)
	}
}
