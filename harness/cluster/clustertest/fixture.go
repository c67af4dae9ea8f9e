package clustertest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/history"
)

// fixture is a running cluster in the hands of one test.
type fixture struct {
	*require.Assertions
	t       *testing.T
	ctx     context.Context
	c       cluster.Cluster
	offers  cluster.Offers
	hearing hearing
	// process is the next one to use. Each operation has a process of its own, and
	// with it a connection of its own.
	process *history.Process
}

func start(t *testing.T, s Subject) *fixture {
	ctx, cancel := context.WithTimeout(t.Context(), waitMost)
	defer cancel()
	runtime := s.Runtime(t)
	c, err := runtime.Start(ctx, s.System, nodes)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	f := &fixture{c: c, offers: runtime.Offers(s.System), hearing: counting{}, process: new(history.Process)}
	if observer, err := cluster.As[cluster.Observer](c); err == nil {
		f.hearing = following{observer}
	}
	return f.in(t)
}

// in returns the same cluster for a subtest.
func (f *fixture) in(t *testing.T) *fixture {
	here := *f
	here.Assertions, here.t, here.ctx = require.New(t), t, t.Context()
	return &here
}

func (f *fixture) must(err error) {
	f.t.Helper()
	f.NoError(err)
}

func capability[T any](f *fixture) T {
	f.t.Helper()
	able, err := cluster.As[T](f.c)
	f.must(err)
	return able
}

func (f *fixture) killer() cluster.Killer   { return capability[cluster.Killer](f) }
func (f *fixture) pauser() cluster.Pauser   { return capability[cluster.Pauser](f) }
func (f *fixture) network() cluster.Network { return capability[cluster.Network](f) }

func (f *fixture) invoke(n history.NodeID, in history.Input) (string, error) {
	f.t.Helper()
	*f.process++
	f.c.Invoke(*f.process, n, in)
	done, ok := f.c.Await(f.ctx, f.c.Now()+waitMost)
	f.True(ok, "%s on %s did not end", in.F, n)
	f.Equal(*f.process, done.Process)
	return string(done.Output.Value), done.Err
}

// write puts a value into the register that is named as the node. It repeats what fails,
// because a store with a leader may have none just now.
func (f *fixture) write(n history.NodeID, value string) error {
	f.t.Helper()
	var err error
	f.eventually(func() bool {
		_, err = f.invoke(n, history.Input{F: history.Write, Key: string(n), Value: history.Value(value)})
		return err == nil
	})
	return err
}

// reads waits until the node answers a read of its register, with the value.
func (f *fixture) reads(n history.NodeID, value string) {
	f.t.Helper()
	var got string
	f.eventually(func() (ok bool) {
		var err error
		got, err = f.invoke(n, history.Input{F: history.Read, Key: string(n)})
		return err == nil
	})
	f.Equal(value, got)
}

// silent returns the error of a read of a node that does not answer. A write could take
// effect later.
func (f *fixture) silent(n history.NodeID) error {
	f.t.Helper()
	_, err := f.invoke(n, history.Input{F: history.Read, Key: string(n)})
	f.Error(err)
	return err
}

// pass lets time pass.
func (f *fixture) pass(d time.Duration) {
	f.t.Helper()
	_, ok := f.c.Await(f.ctx, f.c.Now()+d)
	f.False(ok, "a completion that nobody asked for")
}

func (f *fixture) eventually(condition func() bool) {
	f.t.Helper()
	for end := f.c.Now() + waitMost; !condition(); f.pass(10 * time.Millisecond) {
		f.Less(f.c.Now(), end, "waited in vain")
	}
}
