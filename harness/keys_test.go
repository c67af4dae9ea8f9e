package harness

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/history"
)

// glutton is a model whose steps hold ever more memory, or tell that they were begun and do
// not return.
type glutton struct {
	eats  bool
	begun func()
	until chan struct{}
}

type meal struct{ block *[1 << 20]byte }

func (glutton) ID() string                  { return "glutton" }
func (glutton) Name() string                { return "glutton" }
func (glutton) Admit(history.Input) error   { return nil }
func (glutton) Init() meal                  { return meal{} }
func (glutton) Why(meal, history.Op) string { return "" }

func (g glutton) Step(meal, history.Op) (next meal, ok bool) {
	if !g.eats {
		g.begun()
		<-g.until
		return meal{}, true
	}
	b := new([1 << 20]byte)
	b[0] = 1
	return meal{b}, true
}

func greedy(key string) []history.Op {
	var ops []history.Op
	for i := range 400 {
		ops = append(ops, history.Op{ID: i, Process: history.Process(i), In: history.Input{F: "eat", Key: key}, Outcome: history.OK, Invoke: 2 * i, Complete: 2*i + 1})
	}
	return ops
}

func TestWhatAModelAllocatesCountsAgainstTheBudget(t *testing.T) {
	lim := checker.Limits{MemoryBytes: 64 << 20}
	v := check(t.Context(), linearizable.Of(glutton{eats: true}), lim, history.History{Ops: greedy("k")})
	require.Equal(t, checker.Unknown, v.Status)
	require.Contains(t, v.Reason, "key k: 400 operations need more than 64 MiB of memory")
}

func TestAModelThatDoesNotReturnIsUnknownWhenTheTimeIsOver(t *testing.T) {
	until := make(chan struct{})
	defer close(until)
	ctx, cancel := context.WithCancel(t.Context())
	v := check(ctx, linearizable.Of(glutton{begun: cancel, until: until}), checker.Limits{}, history.History{Ops: greedy("k")})
	require.Equal(t, checker.Unknown, v.Status)
	require.Equal(t, "key k: a step of the model took longer than the time given; raise --check-time", v.Reason)
}

// whole is a property that is not judged key by key, and does not return before until.
type whole struct {
	begun func()
	until chan struct{}
}

func (whole) Name() string { return "whole" }

func (w whole) Check(context.Context, history.History, checker.Limits) checker.Verdict {
	w.begun()
	<-w.until
	return checker.Verdict{Property: "whole", Status: checker.Valid}
}

func TestNothingWaitsForAPropertyThatDoesNotReturn(t *testing.T) {
	until := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	v := check(ctx, whole{begun: cancel, until: until}, checker.Limits{}, history.History{})
	require.Equal(t, checker.Unknown, v.Status)
	close(until)
	v = check(t.Context(), whole{begun: func() {}, until: until}, checker.Limits{}, history.History{})
	require.Equal(t, checker.Valid, v.Status)
	require.Empty(t, v.Parts)
}
