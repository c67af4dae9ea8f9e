package clustertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/history"
)

// fixture is a running cluster in the hands of one test.
type fixture struct {
	*require.Assertions
	t   *testing.T
	ctx context.Context
	c   cluster.Cluster
	// process is the next one to use. Each operation has a process of its own, and
	// with it a connection of its own.
	process *history.Process
}

func start(t *testing.T, runtime cluster.Runtime, sys cluster.System) *fixture {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := runtime.Start(ctx, sys, nodes)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return (&fixture{c: c, process: new(history.Process)}).in(t)
}

// in returns the same cluster for a subtest.
func (f *fixture) in(t *testing.T) *fixture {
	return &fixture{Assertions: require.New(t), t: t, ctx: t.Context(), c: f.c, process: f.process}
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
	done, ok := f.c.Await(f.ctx, f.c.Now()+patience)
	f.True(ok, "%s on %s did not end", in.F, n)
	f.Equal(*f.process, done.Process)
	return string(done.Output.Value), done.Err
}

func (f *fixture) write(n history.NodeID, value string) error {
	f.t.Helper()
	_, err := f.invoke(n, history.Input{F: history.Write, Value: history.Value(value)})
	return err
}

func (f *fixture) read(n history.NodeID) string {
	f.t.Helper()
	value, err := f.invoke(n, history.Input{F: history.Read})
	f.must(err)
	return value
}

// heard is the last number that arrived over the link.
func (f *fixture) heard(l cluster.Link) string {
	f.t.Helper()
	number, err := f.invoke(l.To, history.Input{F: Heard, Key: string(l.From)})
	f.must(err)
	return number
}

// pass lets time pass.
func (f *fixture) pass(d time.Duration) {
	f.t.Helper()
	_, ok := f.c.Await(f.ctx, f.c.Now()+d)
	f.False(ok, "a completion that nobody asked for")
}

func (f *fixture) eventually(condition func() bool) {
	f.t.Helper()
	for end := f.c.Now() + patience; !condition(); f.pass(10 * time.Millisecond) {
		f.Less(f.c.Now(), end, "waited in vain")
	}
}

// hears waits until something new arrives over the link.
func (f *fixture) hears(l cluster.Link) {
	f.t.Helper()
	last := f.heard(l)
	f.eventually(func() bool { return f.heard(l) != last })
}

func (f *fixture) allHear() {
	f.t.Helper()
	for _, l := range links() {
		f.hears(l)
	}
}

// onlyDeaf shows that nothing arrives over the deaf links, and something over all
// others.
func (f *fixture) onlyDeaf(deaf ...cluster.Link) {
	f.t.Helper()
	// What arrived before the cut may still wait for the node to read it.
	f.pass(100 * time.Millisecond)
	before := map[cluster.Link]string{}
	for _, l := range links() {
		before[l] = f.heard(l)
	}
	f.pass(500 * time.Millisecond)
	for _, l := range links() {
		if slices.Contains(deaf, l) {
			f.Equal(before[l], f.heard(l), "something arrived from %s at %s", l.From, l.To)
		} else {
			f.NotEqual(before[l], f.heard(l), "nothing arrived from %s at %s", l.From, l.To)
		}
	}
}

func links() []cluster.Link {
	var all []cluster.Link
	for _, from := range nodes {
		for _, to := range nodes {
			if from != to {
				all = append(all, cluster.Link{From: from, To: to})
			}
		}
	}
	return all
}
