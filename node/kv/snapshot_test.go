package kv

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/node/limits"
)

// chunks returns all chunks of a snapshot, in order.
func chunks(t require.TestingT, s *Snapshot) (all [][]byte) {
	for number := uint64(0); ; number++ {
		data, last, ok := s.Chunk(number)
		require.True(t, ok)
		all = append(all, data)
		if last {
			_, _, ok = s.Chunk(number + 1)
			require.False(t, ok)
			return all
		}
	}
}

// assemble puts the chunks together, and begins anew from what a disk would have kept after
// some of them.
func assemble(t require.TestingT, chunks [][]byte, restart int, applied uint64, limit int) *Store {
	var disk State
	a := NewAssembly(disk)
	for i, data := range chunks {
		if i == restart {
			a = NewAssembly(disk)
		}
		c, err := DecodeChunk(data)
		require.NoError(t, err)
		require.NoError(t, a.Add(c))
		disk.Add(c)
	}
	s, err := a.Store(applied, limit)
	require.NoError(t, err)
	disk.Applied = applied
	require.Equal(t, s.State(), disk)
	return s
}

// filled returns a store of several chunks, some of whose records fill one alone.
func filled(t require.TestingT, limit int) *Store {
	s := New(limit)
	for i := range 40 {
		value := strings.Repeat("v", (i%7)*limits.ChunkBytesMax/5)
		c := &Command{Op: Put, Key: fmt.Sprintf("k%02d", i), Value: value, Client: fmt.Sprintf("c%d", i%9), Seq: uint64(i + 1)}
		if i%5 == 0 {
			c.Op, c.Key, c.Value = Transact, "", ""
			c.Txn = &Txn{Then: []TxnOp{{Query: &Query{Key: "k06"}}, {Query: &Query{Range: true, Limit: 2}}}}
		}
		if i < 9 {
			c.Seq = 1
		}
		require.NoError(t, c.Validate())
		result, _ := s.Apply(uint64(i+1), c)
		require.Equal(t, Done, result.Code)
	}
	return s
}

func TestASnapshotIsTheStateOfItsMomentWhileTheStoreGoesOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 4).Draw(t, "limit")
		store := New(limit)
		length := rapid.IntRange(0, 60).Draw(t, "length")
		moment := rapid.IntRange(0, length).Draw(t, "moment")
		var snapshot *Snapshot
		var state State
		for i := range length + 1 {
			if i == moment {
				snapshot, state = store.Snapshot(limits.ChunkBytesMax), store.State()
			}
			c := drawCommand(t)
			store.Apply(uint64(i+1), &c)
		}
		require.Equal(t, uint64(moment), snapshot.Applied())
		restored := assemble(t, chunks(t, snapshot), 0, snapshot.Applied(), limit)
		require.Equal(t, state, restored.State())
		require.Equal(t, Restore(state, limit).Hash(), restored.Hash())

		// What is restored goes on as the state would have.
		twin := Restore(state, limit)
		for i := range 10 {
			c := drawCommand(t)
			want, _ := twin.Apply(uint64(moment+i+1), &c)
			got, _ := restored.Apply(uint64(moment+i+1), &c)
			require.Equal(t, want, got)
			require.Equal(t, twin.Hash(), restored.Hash())
		}
	})
}

func TestTheSameStateHasTheSameChunksInWhateverOrderTheyAreAskedFor(t *testing.T) {
	first := filled(t, 9)
	all := chunks(t, first.Snapshot(limits.ChunkBytesMax))
	require.Greater(t, len(all), 10)

	second := Restore(first.State(), 9).Snapshot(limits.ChunkBytesMax)
	for _, number := range []int{5, 2, len(all) - 1, 3, 0, 0, len(all) - 1} {
		data, last, ok := second.Chunk(uint64(number))
		require.True(t, ok)
		require.Equal(t, number == len(all)-1, last)
		require.Equal(t, all[number], data)
	}
	_, _, ok := second.Chunk(1 << 60)
	require.False(t, ok)
}

func TestChunksAreFullAndBounded(t *testing.T) {
	sizes := []int{}
	for _, data := range chunks(t, filled(t, 9).Snapshot(limits.ChunkBytesMax)) {
		c, err := DecodeChunk(data)
		require.NoError(t, err)
		size, records := 0, len(c.Items)+len(c.Sessions)
		for _, r := range c.Items {
			size += r.size()
		}
		for i := range c.Sessions {
			size += c.Sessions[i].size()
		}
		require.True(t, records == 1 || size <= limits.ChunkBytesMax, "%d records with %d bytes", records, size)
		sizes = append(sizes, size)
	}
	for i := range len(sizes) - 1 {
		require.Greater(t, sizes[i]+sizes[i+1], limits.ChunkBytesMax, "chunks %d and %d could be one", i, i+1)
	}
}

func TestTheLargestRecordFitsIntoAChunk(t *testing.T) {
	s := New(1)
	long := strings.Repeat("k", limits.KeyBytesMax)
	for i := range limits.RangeItemsMax {
		s.Apply(s.Applied()+1, &Command{Op: Put, Key: fmt.Sprintf("%0100d", i), Value: "1234"})
	}
	ops := []TxnOp{{Query: &Query{Range: true}}}
	for range limits.TxnOpsMax - 1 {
		ops = append(ops, TxnOp{Op: Increment, Key: long, Delta: 1 << 40})
	}
	result, _ := s.Apply(s.Applied()+1, &Command{Op: Transact, Txn: &Txn{Then: ops}, Client: long, Seq: 1})
	require.Equal(t, Done, result.Code)
	restored := assemble(t, chunks(t, s.Snapshot(limits.ChunkBytesMax)), 1, s.Applied(), 1)
	require.Equal(t, s.Hash(), restored.Hash())
}

func TestAnAssemblyGoesOnAfterARestart(t *testing.T) {
	store := filled(t, 9)
	all := chunks(t, store.Snapshot(limits.ChunkBytesMax))
	for restart := range all {
		require.Equal(t, store.Hash(), assemble(t, all, restart, store.Applied(), 9).Hash())
	}
}

func TestAnEmptyStoreHasOneChunk(t *testing.T) {
	all := chunks(t, New(1).Snapshot(limits.ChunkBytesMax))
	require.Len(t, all, 1)
	require.Equal(t, uint64(7), assemble(t, all, 0, 7, 1).Applied())
}

func TestADamagedChunkIsRefused(t *testing.T) {
	s := New(2)
	s.Apply(1, &Command{Op: Put, Key: "k", Value: "v", Client: "c", Seq: 1})
	data, _, _ := s.Snapshot(limits.ChunkBytesMax).Chunk(0)
	_, err := DecodeChunk(data)
	require.NoError(t, err)
	for i := range data {
		for bit := range 8 {
			damaged := append([]byte(nil), data...)
			damaged[i] ^= 1 << bit
			_, err := DecodeChunk(damaged)
			require.ErrorContains(t, err, "decode chunk: its checksum is wrong")
		}
		_, err := DecodeChunk(data[:i])
		require.Error(t, err)
	}
	_, err = DecodeChunk(append(data, 0))
	require.ErrorContains(t, err, "checksum")
	_, err = DecodeChunk(make([]byte, limits.EncodedChunkBytesMax+1))
	require.ErrorContains(t, err, "bytes, not 8 to")
}

func TestAChunkHoldsOnlyWhatAStoreCanHold(t *testing.T) {
	item := func(key, value string, revision uint64) Chunk {
		return Chunk{Last: true, Items: []ItemRecord{{key, Item{value, revision}}}}
	}
	session := func(client string, seq, index uint64, r Result) Chunk {
		return Chunk{Last: true, Sessions: []SessionRecord{{client, Session{seq, r, index}}}}
	}
	nested := Result{Code: Done, Results: []Result{{Code: Done, Results: []Result{{Code: Done}}}}}
	manyItems := Result{Code: Done, Items: make([]ItemRecord, limits.RangeItemsMax+limits.TxnOpsMax+1)}
	large := Result{Code: Done, Value: strings.Repeat("v", limits.ResultBytesMax+1)}
	for name, c := range map[string]struct {
		chunk Chunk
		want  string
	}{
		"no key":                   {item("", "v", 1), "the key is empty"},
		"a long key":               {item(strings.Repeat("k", limits.KeyBytesMax+1), "v", 1), "the key has 1025"},
		"a long value":             {item("k", strings.Repeat("v", limits.ValueBytesMax+1), 1), "the value has"},
		"no revision":              {item("k", "v", 0), "has no revision"},
		"no client":                {session("", 1, 1, done(Result{})), "no name, number or index"},
		"a long client":            {session(strings.Repeat("c", limits.KeyBytesMax+1), 1, 1, done(Result{})), "the client has"},
		"no sequence number":       {session("c", 0, 1, done(Result{})), "no name, number or index"},
		"no index":                 {session("c", 1, 0, done(Result{})), "no name, number or index"},
		"no code":                  {session("c", 1, 1, Result{}), "unknown code 0"},
		"a code of the future":     {session("c", 1, 1, Result{Code: ResultTooLarge + 1}), "unknown code 8"},
		"a transaction in another": {session("c", 1, 1, nested), "a transaction holds another"},
		"a result of many items":   {session("c", 1, 1, manyItems), "larger than any can be"},
		"a result of many bytes":   {session("c", 1, 1, large), "larger than any can be"},
		"a bad item in a result":   {session("c", 1, 1, Result{Code: Done, Items: []ItemRecord{{}}}), "the key is empty"},
		"a bad result in a result": {session("c", 1, 1, Result{Code: Done, Results: []Result{{}}}), "unknown code 0"},
		"too many results":         {session("c", 1, 1, Result{Code: Done, Results: make([]Result, 129)}), "more than 128 operations"},
		"an operation of none":     {session("c", 1, 1, Result{Code: Done, FailedOp: 128}), "more than 128 operations"},
		"nothing":                  {Chunk{}, "it is empty and not the last"},
		"a hash in the middle":     {Chunk{Items: []ItemRecord{{"k", Item{"v", 1}}}, Hash: 1}, "the hash of the last one"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeChunk(c.chunk.encode())
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestChunksThatDoNotFitTogetherAreRefused(t *testing.T) {
	item := func(key string) Chunk { return Chunk{Items: []ItemRecord{{key, Item{"v", 1}}}} }
	session := func(client string, index uint64) Chunk {
		return Chunk{Sessions: []SessionRecord{{client, Session{1, done(Result{}), index}}}}
	}
	for want, parts := range map[string][]Chunk{
		`the key "a" follows "b"`:                  {item("b"), item("a")},
		`the key "b" follows "b"`:                  {item("b"), item("b")},
		`the key "b" follows a session`:            {session("c", 1), item("b")},
		"the session at entry 1 follows the one":   {session("c", 2), session("d", 1)},
		"the session at entry 2 follows the one":   {session("c", 2), session("d", 2)},
		`the client "c" has two sessions`:          {session("c", 1), session("c", 2)},
		"a chunk follows the last one":             {{Last: true}, item("a")},
		"the last chunk is missing":                {item("a")},
		"the chunks have the hash 000000000000000": {{Last: true, Hash: 1}},
		"it holds 2 sessions, more than 1": {session("c", 1), func() Chunk {
			last := session("d", 2)
			last.Last = true
			for _, s := range []SessionRecord{session("c", 1).Sessions[0], last.Sessions[0]} {
				last.Hash += hashSession(s.Client, &s.Session)
			}
			return last
		}()},
	} {
		a := NewAssembly(State{})
		var err error
		for _, c := range parts {
			if err == nil {
				err = a.Add(c)
			}
		}
		if err == nil {
			_, err = a.Store(2, 1)
		}
		require.ErrorContains(t, err, "assemble snapshot: "+want)
	}
}

// FuzzDecodeChunk gives the bytes a right checksum, so that they reach the decoder.
func FuzzDecodeChunk(f *testing.F) {
	s := New(2)
	f.Add(chunks(f, s.Snapshot(limits.ChunkBytesMax))[0][checksumBytes:])
	s.Apply(1, &Command{Op: Put, Key: "k", Value: "v", Client: "c", Seq: 1})
	s.Apply(2, &Command{Op: Transact, Client: "d", Seq: 1, Txn: &Txn{Then: []TxnOp{{Query: &Query{Range: true}}}}})
	f.Add(chunks(f, s.Snapshot(limits.ChunkBytesMax))[0][checksumBytes:])
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := DecodeChunk(checked(body))
		if err != nil {
			return
		}
		again, err := DecodeChunk(c.encode())
		require.NoError(t, err)
		require.Equal(t, c, again)
		a := NewAssembly(State{})
		if a.Add(c) == nil && c.Last {
			if s, err := a.Store(1, 1); err == nil {
				require.Equal(t, c.Hash, s.Hash())
			}
		}
	})
}
