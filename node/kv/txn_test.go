package kv

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/limits"
)

func TestATransactionIsCheckedBeforeItIsProposed(t *testing.T) {
	exists := Compare{Key: "k", Target: Exists, Relation: Equal}
	put := TxnOp{Op: Put, Key: "k", Value: "v"}
	long := TxnOp{Op: Put, Key: "k", Value: strings.Repeat("v", limits.ValueBytesMax)}
	with := func(c Compare) Txn { return Txn{Compares: []Compare{c}} }
	then := func(ops ...TxnOp) Txn { return Txn{Then: ops} }
	for name, c := range map[string]struct {
		txn  Txn
		want string // part of the error; empty where there must be none
	}{
		"a compare alone":               {with(exists), ""},
		"operations alone":              {then(put), ""},
		"an alternative alone":          {Txn{Else: []TxnOp{put}}, ""},
		"reads":                         {then(TxnOp{Query: &Query{Key: "k"}}, TxnOp{Query: &Query{Range: true}}), ""},
		"nothing":                       {Txn{}, "the transaction is empty"},
		"too many compares":             {Txn{Compares: make([]Compare, limits.TxnOpsMax+1)}, "129 compares, more than 128"},
		"too many operations":           {then(make([]TxnOp, limits.TxnOpsMax+1)...), "129 then, more than 128"},
		"too many alternatives":         {Txn{Else: make([]TxnOp, limits.TxnOpsMax+1)}, "129 else, more than 128"},
		"too many bytes":                {Txn{Then: []TxnOp{long}, Else: []TxnOp{long, put}}, "more than 2097152"},
		"a compare without a key":       {with(Compare{Target: Exists, Relation: Equal}), "compare 0 of the transaction: the key is empty"},
		"a compare without a target":    {with(Compare{Key: "k", Relation: Equal}), "unknown target 0"},
		"a compare without a relation":  {with(Compare{Key: "k", Target: Value}), "unknown relation 0"},
		"a key that exists more":        {with(Compare{Key: "k", Target: Exists, Relation: Greater}), "neither less nor more"},
		"a compare with too much":       {with(Compare{Key: "k", Target: Exists, Relation: Equal, Value: "v"}), "more than its target"},
		"a revision with a value":       {with(Compare{Key: "k", Target: Revision, Relation: Equal, Value: "v"}), "more than its target"},
		"a value with a revision":       {with(Compare{Key: "k", Target: Value, Relation: Equal, Revision: 1}), "more than its target"},
		"a compare that is no text":     {with(Compare{Key: "k", Target: Value, Relation: Equal, Value: "\xff"}), "not UTF-8"},
		"an operation that is none":     {then(put, TxnOp{Key: "k"}), "operation 1 of then: unknown operation 0"},
		"an operation without a key":    {Txn{Else: []TxnOp{{Op: Put}}}, "operation 0 of else: the key is empty"},
		"a compare-and-set":             {then(TxnOp{Op: CompareAndSet, Key: "k"}), "is written as a compare"},
		"a transaction in another":      {then(TxnOp{Op: Transact, Key: "k"}), "unknown operation 6"},
		"a read that writes":            {then(TxnOp{Query: &Query{Key: "k"}, Op: Put}), "reads and writes at once"},
		"a read that cannot be done":    {then(TxnOp{Query: &Query{}}), "the key is empty"},
		"a deletion of a certain value": {then(TxnOp{Op: Delete, Key: "k", Value: "v"}), "has no value"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Command{Op: Transact, Txn: &c.txn}.Validate()
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.want)
			}
		})
	}
}

func TestTheLargestTransactionFitsItsBound(t *testing.T) {
	txn := &Txn{}
	for i := range limits.TxnOpsMax {
		txn.Compares = append(txn.Compares, Compare{Key: "k", Target: Revision, Relation: Greater, Revision: 1<<64 - 1})
		txn.Then = append(txn.Then, TxnOp{Op: Increment, Key: "k", Delta: -1 << 63})
		txn.Else = append(txn.Else, TxnOp{Op: Put, Key: "k"})
		if i < 2 {
			txn.Else[i].Value = strings.Repeat("v", limits.ValueBytesMax-limits.TxnOpsMax-limits.TxnOpsMax/2)
		}
	}
	c := Command{Op: Transact, Txn: txn, Client: strings.Repeat("c", limits.KeyBytesMax), Seq: 1<<64 - 1}
	require.NoError(t, c.Validate())
	got, err := Decode(Encode(c))
	require.NoError(t, err)
	require.Equal(t, c, got)
}

func transaction(t Txn) *Command { return &Command{Op: Transact, Txn: &t} }

func TestEachCompareLooksAtItsTarget(t *testing.T) {
	for name, c := range map[string]struct {
		compare Compare
		want    string // of the relations = ≠ < >, those that hold
	}{
		"a value that is equal":        {Compare{Key: "k", Target: Value, Value: "b"}, "="},
		"a value that is less":         {Compare{Key: "k", Target: Value, Value: "c"}, "≠<"},
		"a value that is greater":      {Compare{Key: "k", Target: Value, Value: "a"}, "≠>"},
		"a value that does not exist":  {Compare{Key: "absent", Target: Value}, "≠"},
		"a revision that is equal":     {Compare{Key: "k", Target: Revision, Revision: 2}, "="},
		"a revision that is older":     {Compare{Key: "k", Target: Revision, Revision: 3}, "≠<"},
		"a revision that is newer":     {Compare{Key: "k", Target: Revision, Revision: 1}, "≠>"},
		"the revision of nothing":      {Compare{Key: "absent", Target: Revision}, "="},
		"a key that exists":            {Compare{Key: "k", Target: Exists}, "="},
		"a key that does not":          {Compare{Key: "absent", Target: Exists}, "≠"},
		"nothing is older than a key":  {Compare{Key: "absent", Target: Revision, Revision: 1}, "≠<"},
		"the empty value is a value":   {Compare{Key: "empty", Target: Value}, "="},
		"what is empty exists as well": {Compare{Key: "empty", Target: Exists}, "="},
	} {
		t.Run(name, func(t *testing.T) {
			holds := ""
			for i, sign := range []string{"=", "≠", "<", ">"} {
				if c.compare.Relation = Relation(i + 1); c.compare.Target == Exists && i > 1 {
					continue
				}
				s := New(1)
				s.Apply(1, &Command{Op: Put, Key: "empty"})
				s.Apply(2, &Command{Op: Put, Key: "k", Value: "b"})
				result, _ := s.Apply(3, transaction(Txn{Compares: []Compare{c.compare}}))
				if result.Succeeded {
					holds += sign
				}
			}
			require.Equal(t, c.want, holds)
		})
	}
}

func TestATransactionThatCannotBeDoneLeavesNoTrace(t *testing.T) {
	large := strings.Repeat("v", limits.ValueBytesMax)
	read := func(key string) TxnOp { return TxnOp{Query: &Query{Key: key}} }
	prepare := []TxnOp{
		{Op: Put, Key: "new", Value: "1"}, {Op: Increment, Key: "n", Delta: 5}, {Op: Delete, Key: "text"},
		{Op: Append, Key: "n", Value: "0"}, {Op: Delete, Key: "absent"},
	}
	for name, c := range map[string]struct {
		last []TxnOp
		code Code
		op   int
	}{
		"a value that would be too large": {[]TxnOp{{Op: Append, Key: "large", Value: "v"}}, TooLarge, 5},
		"a value that is no number":       {[]TxnOp{{Op: Put, Key: "n", Value: "x"}, {Op: Increment, Key: "n"}}, NotNumber, 6},
		"a number that is too large":      {[]TxnOp{{Op: Increment, Key: "n", Delta: 1<<63 - 1}}, OutOfRange, 5},
		"reads of too much":               {[]TxnOp{read("large"), read("large")}, ResultTooLarge, 6},
		"too many items": {[]TxnOp{
			{Query: &Query{Range: true, Key: "m"}}, {Query: &Query{Range: true, Key: "m"}},
		}, ResultTooLarge, 6},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(1)
			index := uint64(0)
			put := func(key, value string) {
				index++
				s.Apply(index, &Command{Op: Put, Key: key, Value: value})
			}
			put("n", "1")
			put("text", "hello")
			put("large", large)
			for i := range limits.RangeItemsMax/2 + 1 {
				put("m"+string(rune(0x100+i)), "")
			}
			state, hash := s.State(), s.Hash()
			result, change := s.Apply(index+1, &Command{
				Op: Transact, Client: "c", Seq: 1, Txn: &Txn{Then: append(prepare, c.last...)},
			})
			require.Equal(t, Result{Code: c.code, Succeeded: true, FailedOp: c.op}, result)
			require.Nil(t, change.Items)
			require.Equal(t, state.Items, s.State().Items)
			require.Equal(t, hash+s.sessions.sum, s.Hash())

			again, change := s.Apply(index+2, &Command{Op: Transact, Client: "c", Seq: 1, Txn: &Txn{Then: prepare}})
			require.Equal(t, result, again, "a refusal is an answer that is kept")
			require.Empty(t, change.Sessions)
		})
	}
}

func TestOneTransactionCanReadTheLargestItem(t *testing.T) {
	s := New(1)
	key, value := strings.Repeat("k", limits.KeyBytesMax), strings.Repeat("v", limits.ValueBytesMax)
	result, _ := s.Apply(1, transaction(Txn{Then: []TxnOp{{Op: Put, Key: key, Value: value}, {Query: &Query{Range: true}}}}))
	require.Equal(t, Done, result.Code)
	require.Equal(t, []ItemRecord{{key, Item{value, 1}}}, result.Results[1].Items)
}

func TestIncrementTakesEveryDecimalNumberOf64Bits(t *testing.T) {
	for _, c := range []struct {
		held  string
		delta int64
		code  Code
		value string
	}{
		{"41", 1, Done, "42"},
		{"-1", 1, Done, "0"},
		{"007", 0, Done, "7"},
		{"9223372036854775806", 1, Done, "9223372036854775807"},
		{"9223372036854775807", 1, OutOfRange, ""},
		{"-9223372036854775808", -1, OutOfRange, ""},
		{"-9223372036854775808", 1<<63 - 1, Done, "-1"},
		{"-1", -1 << 63, OutOfRange, ""},
		{"0", -1 << 63, Done, "-9223372036854775808"},
		{"9223372036854775808", 0, NotNumber, ""},
		{"", 1, NotNumber, ""},
		{"1 ", 1, NotNumber, ""},
		{"1e3", 1, NotNumber, ""},
		{"0x1", 1, NotNumber, ""},
		{"1_0", 1, NotNumber, ""},
	} {
		s := New(1)
		s.Apply(1, &Command{Op: Put, Key: "k", Value: c.held})
		result, change := s.Apply(2, &Command{Op: Increment, Key: "k", Delta: c.delta})
		require.Equal(t, c.code, result.Code, "%q + %d", c.held, c.delta)
		require.Equal(t, c.value, result.Value)
		if c.code == Done {
			require.Equal(t, uint64(2), result.Revision)
			require.Equal(t, &Item{c.value, 2}, change.Items["k"])
		} else {
			require.Empty(t, change.Items)
		}
	}
	s := New(1)
	result, _ := s.Apply(1, &Command{Op: Increment, Key: "k", Delta: 3})
	require.Equal(t, done(Result{Value: "3", Revision: 1}), result, "an absent key holds 0")
}
