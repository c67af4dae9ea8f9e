package kv

import (
	"fmt"
	"testing"
)

// BenchmarkApply measures what one write costs a store of 100,000 keys.
func BenchmarkApply(b *testing.B) {
	keys := make([]string, 100_000)
	store := New(10_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("key-%07d", i*7919%100_000)
		store.Apply(store.Applied()+1, &Command{Op: Put, Key: keys[i], Value: "0"})
	}
	for _, c := range []struct {
		name    string
		command func(i int) Command
	}{
		{"put", func(i int) Command { return Command{Op: Put, Key: keys[i%len(keys)], Value: "v"} }},
		{"put in a session", func(i int) Command {
			return Command{Op: Put, Key: keys[i%len(keys)], Value: "v", Client: keys[i%1000], Seq: uint64(i/1000 + 1)}
		}},
		{"transaction", func(i int) Command {
			return Command{Op: Transact, Txn: &Txn{
				Compares: []Compare{{Key: keys[i%len(keys)], Target: Exists, Relation: Equal}},
				Then:     []TxnOp{{Op: Put, Key: keys[i%len(keys)]}, {Op: Put, Key: keys[(i+1)%len(keys)]}},
			}}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				command := c.command(i)
				store.Apply(store.Applied()+1, &command)
			}
		})
	}
}

// BenchmarkCommandEncoding measures what a command costs on its way into and out of the log.
func BenchmarkCommandEncoding(b *testing.B) {
	c := Command{Op: Put, Key: "key-0000001", Value: "a value of some length", Client: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Seq: 7}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(Encode(c)); err != nil {
			b.Fatal(err)
		}
	}
}
