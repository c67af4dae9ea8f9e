package kv

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/node/limits"
)

func TestValidateNamesWhatIsWrong(t *testing.T) {
	longKey, longValue := strings.Repeat("k", limits.KeyBytesMax+1), strings.Repeat("v", limits.ValueBytesMax+1)
	for name, c := range map[string]struct {
		command Command
		want    string // part of the error; empty where there must be none
	}{
		"a put": {Command{Op: Put, Key: "k", Value: "v"}, ""},
		"the largest command": {Command{
			Op: CompareAndSet, Key: longKey[1:], Value: longValue[1:], Expect: longValue[1:], Client: longKey[1:], Seq: 1,
		}, ""},
		"no operation":               {Command{Key: "k"}, "unknown operation 0"},
		"an operation of the future": {Command{Op: Transact + 1, Key: "k"}, "unknown operation 7"},
		"no key":                     {Command{Op: Put}, "the key is empty"},
		"a long key":                 {Command{Op: Put, Key: longKey}, "the key has 1025 bytes"},
		"a long client":              {Command{Op: Put, Key: "k", Client: longKey, Seq: 1}, "the client has"},
		"a long value":               {Command{Op: Put, Key: "k", Value: longValue}, "the value has"},
		"a long expectation":         {Command{Op: CompareAndSet, Key: "k", Expect: longValue}, "the expected value has"},
		"a value that is no text":    {Command{Op: Put, Key: "k", Value: "\xff"}, "the value is not UTF-8"},
		"a client without sequence":  {Command{Op: Put, Key: "k", Client: "c"}, "begins with 1"},
		"a sequence without client":  {Command{Op: Put, Key: "k", Seq: 3}, "sequence number 3 without a client"},
		"absent and not": {
			Command{Op: CompareAndSet, Key: "k", ExpectAbsent: true, Expect: "v"}, "to be absent and to hold a value",
		},
		"a put that expects":        {Command{Op: Put, Key: "k", Expect: "v"}, "only a compare-and-set expects"},
		"a deletion with a value":   {Command{Op: Delete, Key: "k", Value: "v"}, "has no value"},
		"a put with a number":       {Command{Op: Put, Key: "k", Delta: 1}, "has no number to add"},
		"a put with a transaction":  {Command{Op: Put, Key: "k", Txn: &Txn{}}, "a transaction, and nothing else"},
		"a transaction without one": {Command{Op: Transact}, "a transaction, and nothing else"},
		"a transaction with a key":  {Command{Op: Transact, Key: "k", Txn: &Txn{}}, "the keys of a transaction"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.command.Validate(); c.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.want)
			}
		})
	}
}

func TestEncodedCommandsAreDecodedUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCommand(t)
		got, err := Decode(Encode(c))
		require.NoError(t, err)
		require.Equal(t, c, got)
	})
}

func TestTheLargestCommandFitsItsBound(t *testing.T) {
	name, value := strings.Repeat("k", limits.KeyBytesMax), strings.Repeat("v", limits.ValueBytesMax)
	c := Command{Op: CompareAndSet, Key: name, Value: value, Expect: value, Client: name, Seq: 1<<64 - 1}
	got, err := Decode(Encode(c))
	require.NoError(t, err)
	require.Equal(t, c, got)
}

func TestDecodeRefusesWhatIsNotAValidCommand(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing":            nil,
		"cut short":          Encode(Command{Op: Put, Key: "k"})[:3],
		"more than one":      append(Encode(Command{Op: Put, Key: "k"}), 0),
		"an invalid command": Encode(Command{Op: Put}),
		"an unknown field":   {0xa3, 0x01, 0x01, 0x02, 0x61, 'k', 0x18, 0x63, 0x01},
		"a field twice":      {0xa3, 0x01, 0x01, 0x02, 0x61, 'k', 0x02, 0x61, 'l'},
		"far too much":       bytes.Repeat([]byte{0xa1}, limits.CommandBytesMax+1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode(data)
			require.ErrorContains(t, err, "decode command: ")
		})
	}
}

func FuzzDecodeCommand(f *testing.F) {
	f.Add(Encode(Command{Op: Put, Key: "k", Value: "v"}))
	f.Add(Encode(Command{Op: CompareAndSet, Key: "k", Value: "v", ExpectAbsent: true, Client: "c", Seq: 7}))
	f.Add(Encode(Command{Op: Increment, Key: "k", Delta: -1, Client: "c", Seq: 7}))
	f.Add(Encode(Command{Op: Transact, Txn: &Txn{
		Compares: []Compare{{Key: "k", Target: Revision, Relation: Less, Revision: 7}},
		Then:     []TxnOp{{Op: Put, Key: "k", Value: "v"}, {Query: &Query{Key: "a", Range: true, End: "b", Limit: 3}}},
		Else:     []TxnOp{{Op: Delete, Key: "k"}},
	}}))
	f.Add([]byte{0xa1, 0x02, 0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Decode(data)
		if err != nil {
			return
		}
		require.NoError(t, c.Validate())
		again, err := Decode(Encode(c))
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
}
