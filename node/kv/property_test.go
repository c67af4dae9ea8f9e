package kv

import (
	"cmp"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
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
	if c.Op == Transact {
		return n.transact(index, c.Txn)
	}
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
	case Increment:
		sum, ok := new(big.Int).SetString(cmp.Or(held.Value, map[bool]string{true: "", false: "0"}[found]), 10)
		if !ok || !sum.IsInt64() {
			return Result{Code: NotNumber}
		}
		if sum.Add(sum, big.NewInt(c.Delta)); !sum.IsInt64() {
			return Result{Code: OutOfRange}
		}
		n.values[c.Key] = Item{Value: sum.String(), Revision: index}
		return Result{Code: Done, Value: sum.String(), Revision: index}
	}
	n.values[c.Key] = Item{Value: value, Revision: index}
	return Result{Code: Done, Swapped: c.Op == CompareAndSet, Revision: index}
}

// transact works on a copy, which it keeps if every operation could be done.
func (n *naive) transact(index uint64, txn *Txn) Result {
	result := Result{Code: Done, Succeeded: true, Revision: index}
	for _, c := range txn.Compares {
		result.Succeeded = result.Succeeded && n.holds(c)
	}
	ops := map[bool][]TxnOp{true: txn.Then, false: txn.Else}[result.Succeeded]
	work := &naive{limit: 1, values: maps.Clone(n.values)}
	for i, op := range ops {
		var one Result
		if op.Query != nil {
			one = work.read(*op.Query)
		} else {
			one = work.execute(index, Command{Op: op.Op, Key: op.Key, Value: op.Value, Delta: op.Delta})
		}
		if one.Code != Done {
			return Result{Code: one.Code, Succeeded: result.Succeeded, FailedOp: i}
		}
		result.Results = append(result.Results, one)
	}
	n.values = work.values
	return result
}

func (n *naive) holds(c Compare) bool {
	held, found := n.values[c.Key]
	order := 0
	switch c.Target {
	case Exists:
		return found && c.Relation == Equal || !found && c.Relation == NotEqual
	case Revision:
		order = cmp.Compare(held.Revision, c.Revision)
	case Value:
		if order = strings.Compare(held.Value, c.Value); !found {
			return c.Relation == NotEqual
		}
	}
	return map[Relation]bool{Equal: order == 0, NotEqual: order != 0, Less: order < 0, Greater: order > 0}[c.Relation]
}

func (n *naive) read(q Query) Result {
	if !q.Range {
		held, found := n.values[q.Key]
		return Result{Code: Done, Value: held.Value, Found: found, Revision: held.Revision}
	}
	result := Result{Code: Done}
	for _, key := range slices.Sorted(maps.Keys(n.values)) {
		if key >= q.Key && (q.End == "" || key < q.End) {
			result.Items = append(result.Items, ItemRecord{key, n.values[key]})
		}
	}
	if q.Limit > 0 && len(result.Items) > q.Limit {
		result.Items, result.More = result.Items[:q.Limit], true
	}
	return result
}

// Few keys and values, so that commands meet often.
var (
	someKeys   = rapid.SampledFrom([]string{"a", "b", "c"})
	someValues = rapid.SampledFrom([]string{"", "0", "-1", "9223372036854775807", "9223372036854775808"})
	someDeltas = rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64})
)

func drawCommand(t *rapid.T) Command {
	c := Command{
		Op:     rapid.SampledFrom([]Op{Put, Delete, CompareAndSet, Append, Increment, Transact}).Draw(t, "op"),
		Client: rapid.SampledFrom([]string{"", "x", "y", "z", "w"}).Draw(t, "client"),
	}
	if c.Client != "" {
		c.Seq = rapid.Uint64Range(1, 5).Draw(t, "seq")
	}
	switch c.Op {
	case CompareAndSet:
		c.Key, c.Value = someKeys.Draw(t, "key"), someValues.Draw(t, "value")
		if c.ExpectAbsent = rapid.Bool().Draw(t, "absent"); !c.ExpectAbsent {
			c.Expect = someValues.Draw(t, "expect")
		}
	case Transact:
		c.Txn = drawTxn(t)
	default:
		w := drawWrite(t, c.Op)
		c.Key, c.Value, c.Delta = w.Key, w.Value, w.Delta
	}
	return c
}

func drawWrite(t *rapid.T, op Op) TxnOp {
	w := TxnOp{Op: op, Key: someKeys.Draw(t, "key")}
	switch op {
	case Put, Append:
		w.Value = someValues.Draw(t, "value")
	case Increment:
		w.Delta = someDeltas.Draw(t, "delta")
	}
	return w
}

func drawQuery(t *rapid.T) Query {
	if rapid.Bool().Draw(t, "one") {
		return Query{Key: someKeys.Draw(t, "key")}
	}
	ends := []string{someKeys.Draw(t, "from"), rapid.SampledFrom([]string{"", "a", "b", "c", "d"}).Draw(t, "end")}
	if ends[1] != "" {
		slices.Sort(ends)
	}
	return Query{Key: ends[0], Range: true, End: ends[1], Limit: rapid.IntRange(0, 4).Draw(t, "limit")}
}

func drawTxn(t *rapid.T) *Txn {
	compare := rapid.Custom(func(t *rapid.T) Compare {
		c := Compare{
			Key:      someKeys.Draw(t, "key"),
			Target:   rapid.SampledFrom([]Target{Value, Revision, Exists}).Draw(t, "target"),
			Relation: rapid.SampledFrom([]Relation{Equal, NotEqual, Less, Greater}).Draw(t, "relation"),
		}
		switch c.Target {
		case Value:
			c.Value = someValues.Draw(t, "value")
		case Revision:
			c.Revision = rapid.Uint64Range(0, 8).Draw(t, "revision")
		case Exists:
			c.Relation = rapid.SampledFrom([]Relation{Equal, NotEqual}).Draw(t, "relation")
		}
		return c
	})
	op := rapid.Custom(func(t *rapid.T) TxnOp {
		if rapid.Bool().Draw(t, "read") {
			q := drawQuery(t)
			return TxnOp{Query: &q}
		}
		return drawWrite(t, rapid.SampledFrom([]Op{Put, Delete, Append, Increment}).Draw(t, "op"))
	})
	// nil rather than empty, as decoding leaves it.
	some := func(ops []TxnOp) []TxnOp { return append([]TxnOp(nil), ops...) }
	return &Txn{
		Compares: append([]Compare(nil), rapid.SliceOfN(compare, 0, 2).Draw(t, "compares")...),
		Then:     some(rapid.SliceOfN(op, 1, 4).Draw(t, "then")),
		Else:     some(rapid.SliceOfN(op, 0, 4).Draw(t, "else")),
	}
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
			q := drawQuery(t)
			require.NoError(t, q.Validate())
			require.Equal(t, want.read(q), store.Read(q))
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
