package clustertest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/history"
)

// nodes is enough for a minority and a majority.
var nodes = []history.NodeID{"n1", "n2", "n3"}

// waitMost bounds everything that a test waits for.
const waitMost = time.Minute

// Subject is a runtime under test.
type Subject struct {
	// Runtime returns a new one, whose operations time out within 2 s.
	Runtime func(t *testing.T) cluster.Runtime
	// System is what it starts: the one of this package or, for a runtime that starts no
	// binaries, a store of registers by their keys whose nodes follow a leader and can tell.
	System cluster.System
	// Leftovers names what exists of any cluster that was started through these runtimes, such
	// as processes, directories and containers. It is nil where there can be nothing.
	Leftovers func(t *testing.T) []string
}

// Run tests the runtime. What it does not offer is skipped.
func Run(t *testing.T, s Subject) {
	t.Run("on one cluster", func(t *testing.T) {
		f := start(t, s)
		for _, test := range []struct {
			name  string
			needs []cluster.Capability
			run   func(f *fixture)
		}{
			{"a cluster has what was offered, and nothing else", nil, (*fixture).testOffers},
			{"every node serves under its name", nil, (*fixture).testServing},
			{"a paused node answers nothing until it is resumed", pausing, (*fixture).testPause},
			{"killed nodes answer nothing and come back with their data", killing, (*fixture).testKill},
			{"a paused node can be killed", slices.Concat(pausing, killing), (*fixture).testKillPaused},
			{"who is cut off from all senders hears nobody, and is heard", cutting, (*fixture).testCutIn},
			{"who is cut off from all receivers hears all, and is not heard", cutting, (*fixture).testCutOut},
			{"a cut of both directions can be mended one after the other", cutting, (*fixture).testCutBothWays},
			{"a cut outlives the restart of its sender and of its receiver", slices.Concat(cutting, killing), (*fixture).testCutOverRestart},
			{"an action completes under its name", nil, (*fixture).testAct},
			{"a log holds what a node printed before and after a kill", append(killing, cluster.CanCopyLogs), (*fixture).testLog},
		} {
			// Each test leaves the cluster whole, unless it fails.
			ok := t.Run(test.name, func(t *testing.T) {
				if err := f.offers.Lacks(test.needs...); err != nil {
					t.Skip(err)
				}
				test.run(f.in(t))
			})
			if !ok {
				return
			}
		}
	})
	t.Run("Close leaves nothing behind, whatever is in force", func(t *testing.T) { testClose(t, s) })
	t.Run("what is not offered is not started, and nothing else is", func(t *testing.T) {
		runtime, sys := s.Runtime(t), unlaunchable{s.System}
		why := runtime.Offers(sys).Lacks()
		require.ErrorIs(t, why, errors.ErrUnsupported)
		_, err := runtime.Start(t.Context(), sys, nodes)
		require.Equal(t, why, err)
		s.nothingLeft(t)
	})
	t.Run("a failed start says what the node said, and leaves nothing behind", func(t *testing.T) {
		if s.Leftovers == nil {
			t.Skip("it starts no processes")
		}
		ctx, cancel := context.WithTimeout(t.Context(), waitMost)
		defer cancel()
		_, err := s.Runtime(t).Start(ctx, misled{s.System}, nodes)
		require.ErrorContains(t, err, "n2")
		require.ErrorContains(t, err, "-no-such-flag")
		require.NoError(t, ctx.Err())
		s.nothingLeft(t)
	})
}

var (
	killing = []cluster.Capability{cluster.CanKill}
	pausing = []cluster.Capability{cluster.CanPause}
	cutting = []cluster.Capability{cluster.CanCutLinks}
)

func (s Subject) nothingLeft(t *testing.T) {
	if s.Leftovers != nil {
		require.Empty(t, s.Leftovers(t))
	}
}

// unlaunchable is a system that does not say how to start it.
type unlaunchable struct{ cluster.System }

func (unlaunchable) Launch(cluster.Endpoint) cluster.Launch { return cluster.Launch{} }

// misled is a system one of whose nodes exits at once.
type misled struct{ cluster.System }

func (s misled) Launch(e cluster.Endpoint) cluster.Launch {
	l := s.System.Launch(e)
	if e.ID == "n2" {
		l.Args = append(l.Args, "-no-such-flag")
	}
	return l
}

func testClose(t *testing.T, s Subject) {
	f := start(t, s)
	f.must(f.pauser().Pause(f.ctx, "n1"))
	f.must(f.killer().Kill(f.ctx, "n2"))
	f.must(f.network().Cut(f.ctx, []cluster.Link{{From: "n1", To: "n2"}, {From: "n3", To: "n1"}}))
	f.c.Invoke(0, "n1", history.Input{F: history.Read, Key: "n1"})
	if s.Leftovers != nil {
		f.NotEmpty(s.Leftovers(t))
	}
	f.must(f.c.Close())
	s.nothingLeft(t)
}

func (f *fixture) testOffers() {
	f.must(f.offers.Lacks())
	has := cluster.Capabilities(f.c)
	for can, why := range f.offers {
		if can != cluster.CanStart {
			f.Equal(why == nil, slices.Contains(has, can), "%s: %v", can, why)
		}
	}
	for _, can := range has {
		f.Contains(f.offers, can)
	}
}

func (f *fixture) testServing() {
	f.Equal(nodes, f.c.Nodes())
	for _, n := range nodes {
		f.must(f.write(n, "1"+string(n[1:])))
	}
	for _, n := range nodes {
		f.reads(n, "1"+string(n[1:]))
	}
}

func (f *fixture) testPause() {
	f.must(f.write("n3", "3"))
	f.must(f.pauser().Pause(f.ctx, "n1", "n2"))
	for _, n := range []history.NodeID{"n1", "n2"} {
		f.False(errors.Is(f.silent(n), cluster.ErrNoEffect), "the frozen kernel may hold the request")
	}
	f.must(f.pauser().Resume(f.ctx, "n1"))
	f.reads("n3", "3")
	f.silent("n2")
	f.must(f.pauser().Resume(f.ctx, "n1", "n2", "n3"))
	for _, n := range nodes {
		f.must(f.write(n, "4"))
		f.reads(n, "4")
	}
}

func (f *fixture) testKill() {
	for _, n := range nodes {
		f.must(f.write(n, "5"+string(n[1:])))
	}
	f.must(f.killer().Kill(f.ctx, "n1", "n2"))
	f.silent("n1")
	f.silent("n2")
	f.must(f.killer().Restart(f.ctx, "n1"))
	f.reads("n3", "53")
	f.silent("n2")
	f.must(f.killer().Restart(f.ctx, "n1", "n2", "n3"))
	for _, n := range nodes {
		f.reads(n, "5"+string(n[1:]))
	}
}

func (f *fixture) testKillPaused() {
	f.must(f.write("n1", "6"))
	f.must(f.pauser().Pause(f.ctx, "n1"))
	f.must(f.killer().Kill(f.ctx, "n1"))
	f.must(f.killer().Restart(f.ctx, "n1"))
	f.reads("n1", "6")
}

func (f *fixture) testCutIn()  { f.testCut(into("n1")) }
func (f *fixture) testCutOut() { f.testCut(outOf("n1")) }

func (f *fixture) testCut(cut []cluster.Link) {
	f.hearing.all(f)
	f.must(f.network().Cut(f.ctx, cut))
	f.hearing.allBut(f, cut)
	f.must(f.network().Mend(f.ctx, cut))
	f.must(f.network().Mend(f.ctx, cut))
	f.hearing.all(f)
}

func (f *fixture) testCutBothWays() {
	in, out := into("n1"), outOf("n1")
	f.hearing.all(f)
	f.must(f.network().Cut(f.ctx, slices.Concat(in, out)))
	f.hearing.allBut(f, slices.Concat(in, out))
	f.must(f.network().Mend(f.ctx, out))
	f.hearing.allBut(f, in)
	f.must(f.network().Mend(f.ctx, slices.Concat(in, out)))
	f.hearing.all(f)
}

func (f *fixture) testCutOverRestart() {
	cut := into("n1")
	for _, n := range []history.NodeID{"n1", "n2"} {
		f.hearing.all(f)
		f.must(f.network().Cut(f.ctx, cut))
		f.must(f.killer().Kill(f.ctx, n))
		f.must(f.killer().Restart(f.ctx, n))
		f.hearing.allBut(f, cut)
		f.must(f.network().Mend(f.ctx, cut))
	}
	f.hearing.all(f)
}

func (f *fixture) testAct() {
	for _, err := range []error{nil, errors.New("some failure")} {
		act := &cluster.Action{Name: "act", Do: func(ctx context.Context) error {
			return errors.Join(ctx.Err(), err)
		}}
		f.c.Act(act)
		done, ok := f.c.Await(f.ctx, f.c.Now()+waitMost)
		f.True(ok)
		f.Same(act, done.Action)
		f.ErrorIs(done.Err, err)
	}
}

func (f *fixture) testLog() {
	logger := capability[cluster.Logger](f)
	read := func(n history.NodeID) string {
		var log strings.Builder
		f.must(logger.Log(f.ctx, n, &log))
		return log.String()
	}
	before := read("n3")
	f.Contains(before, "n3 ")
	f.must(f.killer().Kill(f.ctx, "n3"))
	f.must(f.killer().Restart(f.ctx, "n3"))
	f.eventually(func() bool {
		after := read("n3")
		return strings.HasPrefix(after, before) && strings.Count(after, "starts") == strings.Count(before, "starts")+1
	})
	f.NotContains(read("n2"), "n3 ")
}
