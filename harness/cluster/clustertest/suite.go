package clustertest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/history"
)

// nodes is enough for a minority and a majority.
var nodes = []history.NodeID{"n1", "n2", "n3"}

// patience bounds everything that a test waits for.
const patience = 20 * time.Second

// Run tests the runtime. Each call of runtime returns a new one, whose operations time
// out within 2 s; leftovers names what exists of any cluster that was started
// through them, such as processes, directories and containers.
func Run(t *testing.T, runtime func(t *testing.T) cluster.Runtime, leftovers func(t *testing.T) []string) {
	sys := System(t)
	t.Run("on one cluster", func(t *testing.T) {
		f := start(t, runtime(t), sys)
		for _, test := range []struct {
			name string
			run  func(f *fixture)
		}{
			{"every node serves under its name", (*fixture).testServing},
			{"a paused node answers nothing until it is resumed", (*fixture).testPause},
			{"killed nodes answer nothing and come back with their data", (*fixture).testKill},
			{"a paused node can be killed", (*fixture).testKillPaused},
			{"a one-way cut silences one direction until it is mended", (*fixture).testCutOneWay},
			{"a cut silences both sides of it and nobody else", (*fixture).testCutBothWays},
			{"a cut outlives the restart of its sender and of its receiver", (*fixture).testCutOverRestart},
			{"an action completes under its name", (*fixture).testAct},
			{"a log holds what a node printed before and after a kill", (*fixture).testLog},
		} {
			// Each test leaves the cluster whole, unless it fails.
			if !t.Run(test.name, func(t *testing.T) { test.run(f.in(t)) }) {
				return
			}
		}
	})
	t.Run("Close leaves nothing behind, whatever is in force", func(t *testing.T) {
		f := start(t, runtime(t), sys)
		f.must(f.pauser().Pause(f.ctx, "n1"))
		f.must(f.killer().Kill(f.ctx, "n2"))
		f.must(f.network().Cut(f.ctx, []cluster.Link{{From: "n1", To: "n2"}, {From: "n3", To: "n1"}}))
		f.c.Invoke(0, "n1", history.Input{F: history.Read})
		require.NotEmpty(t, leftovers(t))
		require.NoError(t, f.c.Close())
		require.Empty(t, leftovers(t))
	})
	t.Run("a failed start says what the node said, and leaves nothing behind", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		_, err := runtime(t).Start(ctx, misled{sys}, nodes)
		require.ErrorContains(t, err, "n2")
		require.ErrorContains(t, err, "-no-such-flag")
		require.NoError(t, ctx.Err())
		require.Empty(t, leftovers(t))
	})
}

// misled is a system one of whose nodes exits at once.
type misled struct{ cluster.System }

func (s misled) Command(e cluster.Endpoint) cluster.Command {
	c := s.System.Command(e)
	if e.ID == "n2" {
		c.Args = append(c.Args, "-no-such-flag")
	}
	return c
}

func (f *fixture) testServing() {
	f.Equal(nodes, f.c.Nodes())
	observer := capability[cluster.Observer](f)
	for _, n := range nodes {
		f.must(f.write(n, "by"+string(n)))
		status, err := observer.Status(f.ctx, n)
		f.must(err)
		f.Equal(n, status.Node)
	}
	for _, n := range nodes {
		f.Equal("by"+string(n), f.read(n))
	}
}

func (f *fixture) testPause() {
	f.must(f.write("n3", "before"))
	f.must(f.pauser().Pause(f.ctx, "n1", "n2"))
	for _, n := range []history.NodeID{"n1", "n2"} {
		// A write could take effect as late as after the one below.
		_, err := f.invoke(n, history.Input{F: history.Read})
		f.Error(err)
		f.False(errors.Is(err, cluster.ErrNoEffect), "the frozen kernel may hold the request: %v", err)
	}
	f.Equal("before", f.read("n3"))
	f.must(f.pauser().Resume(f.ctx, "n1"))
	f.must(f.pauser().Resume(f.ctx, "n1", "n2", "n3"))
	for _, n := range nodes {
		f.must(f.write(n, "after"))
		f.Equal("after", f.read(n))
	}
}

func (f *fixture) testKill() {
	for _, n := range nodes {
		f.must(f.write(n, "keep"+string(n)))
	}
	f.must(f.killer().Kill(f.ctx, "n1", "n2"))
	f.Error(f.write("n1", "lost"))
	f.Error(f.write("n2", "lost"))
	f.Equal("keepn3", f.read("n3"))
	f.must(f.killer().Restart(f.ctx, "n1"))
	f.must(f.killer().Restart(f.ctx, "n1", "n2", "n3"))
	for _, n := range nodes {
		f.Equal("keep"+string(n), f.read(n))
	}
}

func (f *fixture) testKillPaused() {
	f.must(f.write("n1", "kept"))
	f.must(f.pauser().Pause(f.ctx, "n1"))
	f.must(f.killer().Kill(f.ctx, "n1"))
	f.must(f.killer().Restart(f.ctx, "n1"))
	f.Equal("kept", f.read("n1"))
}

func (f *fixture) testCutOneWay() {
	cut := []cluster.Link{{From: "n1", To: "n2"}}
	f.allHear()
	f.must(f.network().Cut(f.ctx, cut))
	f.onlyDeaf(cut...)
	f.must(f.network().Mend(f.ctx, cut))
	f.must(f.network().Mend(f.ctx, cut))
	f.allHear()
}

func (f *fixture) testCutBothWays() {
	cut := []cluster.Link{{From: "n1", To: "n2"}, {From: "n2", To: "n1"}, {From: "n1", To: "n3"}, {From: "n3", To: "n1"}}
	f.allHear()
	f.must(f.network().Cut(f.ctx, cut))
	f.onlyDeaf(cut...)
	f.must(f.network().Mend(f.ctx, cut[:2]))
	f.hears(cut[0])
	f.hears(cut[1])
	f.onlyDeaf(cut[2:]...)
	f.must(f.network().Mend(f.ctx, cut))
	f.allHear()
}

func (f *fixture) testCutOverRestart() {
	cut := []cluster.Link{{From: "n1", To: "n2"}}
	for _, n := range []history.NodeID{"n1", "n2"} {
		f.allHear()
		f.must(f.network().Cut(f.ctx, cut))
		f.must(f.killer().Kill(f.ctx, n))
		f.must(f.killer().Restart(f.ctx, n))
		f.hears(cluster.Link{From: "n2", To: "n1"})
		f.onlyDeaf(cut...)
		f.must(f.network().Mend(f.ctx, cut))
	}
	f.allHear()
}

func (f *fixture) testAct() {
	for _, err := range []error{nil, errors.New("some failure")} {
		act := &cluster.Action{Name: "act", Do: func(ctx context.Context) error {
			return errors.Join(ctx.Err(), err)
		}}
		f.c.Act(act)
		done, ok := f.c.Await(f.ctx, f.c.Now()+patience)
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
