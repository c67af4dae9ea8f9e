package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/procfs"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/harness/cluster"
	"senkei/harness/cluster/clustertest"
	"senkei/history"
)

func TestMain(m *testing.M) {
	if run := os.Getenv(envDoomed); run != "" {
		runUntilKilled(run)
	}
	goleak.VerifyTestMain(m)
}

func TestContract(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	run := fmt.Sprintf("contract-%d", os.Getpid())
	clustertest.Run(t, clustertest.Subject{
		Runtime: func(t *testing.T) cluster.Runtime {
			return New(Options{Dir: t.TempDir(), Run: run, OpTimeout: 300 * time.Millisecond})
		},
		System:    clustertest.System(t),
		Leftovers: func(t *testing.T) []string { return leftovers(t, run) },
	})
}

// leftovers lists the processes and the data directories of a run.
func leftovers(t *testing.T, run string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+run+"-*"))
	require.NoError(t, err)
	all, err := procfs.AllProcs()
	require.NoError(t, err)
	for _, proc := range all {
		environ, err := proc.Environ()
		if err == nil && slices.Contains(environ, envRun+"="+run) {
			found = append(found, fmt.Sprintf("process %d", proc.PID))
		}
	}
	return found
}

func start(t *testing.T, sys cluster.System, nodes ...history.NodeID) *Cluster {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	c, err := New(Options{Dir: t.TempDir(), Run: t.Name()}).Start(t.Context(), sys, nodes)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c.(*Cluster)
}

func invoke(t *testing.T, c *Cluster, n history.NodeID, in history.Input) error {
	t.Helper()
	c.Invoke(0, n, in)
	done, ok := c.Await(t.Context(), c.Now()+10*time.Second)
	require.True(t, ok)
	return done.Err
}

func TestAnOperationOnAKilledNodeHasNoEffectBecauseNothingListens(t *testing.T) {
	c := start(t, clustertest.System(t), "n1")
	require.NoError(t, c.Kill(t.Context(), "n1"))
	require.ErrorIs(t, invoke(t, c, "n1", history.Input{F: history.Write, Value: "1"}), cluster.ErrNoEffect)
}

func TestANodeThatExitsOnItsOwnIsNamedByClose(t *testing.T) {
	c := start(t, clustertest.System(t), "n1", "n2", "n3")
	crash := history.Input{F: clustertest.Crash}
	require.Error(t, invoke(t, c, "n1", crash))
	require.Error(t, invoke(t, c, "n2", crash))
	for _, n := range []history.NodeID{"n1", "n2"} {
		<-c.nodes[n].current.done
		require.ErrorContains(t, c.Kill(t.Context(), n), "exit status 1")
		require.ErrorContains(t, c.Pause(t.Context(), n), "exit status 1")
	}
	require.NoError(t, c.Restart(t.Context(), "n1"), "one crash is followed by another life, the other is not")
	require.NoError(t, c.Kill(t.Context(), "n3"))

	err := c.Close()
	require.ErrorContains(t, err, "n1 exited on its own: exit status 1; its last line: n1 ")
	require.ErrorContains(t, err, "n2 exited on its own: exit status 1; its last line: n2 ")
	require.ErrorContains(t, err, "crashes")
	require.NotContains(t, err.Error(), "n3")
	require.Empty(t, leftovers(t, t.Name()))
}

func TestKeptNodesServeOnAndEndingOnOnesOwnIsNamed(t *testing.T) {
	c := start(t, clustertest.System(t), "n1", "n2")
	require.Error(t, invoke(t, c, "n1", history.Input{F: clustertest.Crash}))
	<-c.nodes["n1"].current.done
	addrs, err := c.Detach()
	t.Cleanup(func() { require.NoError(t, c.nodes["n2"].end(context.Background())) })
	require.ErrorContains(t, err, "n1 exited on its own")
	require.Equal(t, err, c.Close())
	require.NoError(t, clustertest.System(t).Ready(t.Context(), addrs["n2"]))
}

// replaceable is a system whose executable the test may overwrite.
type replaceable struct {
	cluster.System
	path string
}

func (s replaceable) Launch(e cluster.Endpoint) cluster.Launch {
	l := s.System.Launch(e)
	l.Binary = s.path
	return l
}

func TestARestartThatFailsSaysWhatTheNodeSaid(t *testing.T) {
	echo := clustertest.System(t)
	path := filepath.Join(t.TempDir(), "replaceable")
	require.NoError(t, os.Symlink(echo.Launch(cluster.Endpoint{}).Binary, path))
	c := start(t, replaceable{echo, path}, "n1")
	require.NoError(t, c.Kill(t.Context(), "n1"))

	require.NoError(t, os.Remove(path))
	require.ErrorContains(t, c.Restart(t.Context(), "n1"), "restart n1: ")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\necho disk is gone; exit 3"), 0o755))
	err := c.Restart(t.Context(), "n1")
	require.ErrorContains(t, err, "restart n1: exited before it served: exit status 3")
	require.ErrorContains(t, err, "disk is gone")
}

func TestARestartGivesUpWhenItsContextEnds(t *testing.T) {
	echo := clustertest.System(t)
	path := filepath.Join(t.TempDir(), "replaceable")
	require.NoError(t, os.Symlink(echo.Launch(cluster.Endpoint{}).Binary, path))
	c := start(t, replaceable{echo, path}, "n1")
	require.NoError(t, c.Kill(t.Context(), "n1"))
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\nexec sleep 1000"), 0o755))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, c.Restart(ctx, "n1"), context.DeadlineExceeded)
	require.NoError(t, c.Close())
	require.Empty(t, leftovers(t, t.Name()))
}

func TestWhoIsNotOfTheClusterIsAnError(t *testing.T) {
	c := start(t, clustertest.System(t), "n1", "n2")
	ctx := t.Context()
	require.ErrorContains(t, c.Kill(ctx, "n1", "n9"), `kill "n9"`)
	require.NoError(t, c.Restart(ctx, "n1"))
	require.ErrorContains(t, c.Resume(ctx, "n9"), "n9")
	require.ErrorContains(t, c.Cut(ctx, []cluster.Link{{From: "n1", To: "n2"}, {From: "n1", To: "n1"}}), "no such link")
	require.False(t, c.links[cluster.Link{From: "n1", To: "n2"}].cut, "none is cut where one cannot be")
	require.ErrorContains(t, c.Log(ctx, "n9", nil), "n9")
}

func TestStartRefusesNamesThatAreNoFileNamesAndNamesUsedTwice(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	sys := clustertest.System(t)
	for _, nodes := range [][]history.NodeID{{"n1", "n1"}, {"a/b"}, {".."}, {""}} {
		_, err := New(Options{Dir: t.TempDir(), Run: t.Name()}).Start(t.Context(), sys, nodes)
		require.Error(t, err, "%q", nodes)
		require.Empty(t, leftovers(t, t.Name()))
	}
}

func TestAClusterCanBeStartedInTheDirectoryOfAnOlderOne(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir, sys := t.TempDir(), clustertest.System(t)
	for range 2 {
		c, err := New(Options{Dir: dir, Run: "again/and again"}).Start(t.Context(), sys, []history.NodeID{"n1"})
		require.NoError(t, err)
		require.NoError(t, c.Close())
		log, err := os.ReadFile(filepath.Join(dir, "nodes", "n1.log"))
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(log), "starts"))
	}
}

// seeded is a system whose nodes find a value in their register.
type seeded struct {
	cluster.System
	image string
}

func (s seeded) Launch(e cluster.Endpoint) cluster.Launch {
	l := s.System.Launch(e)
	l.Files = map[string]string{"register": "7", "sub/folder/file": ""}
	if s.image != "" {
		l.Binary, l.Image = "", s.image
	}
	return l
}

func TestANodeFindsItsFilesWhenItStartsFirst(t *testing.T) {
	c := start(t, seeded{System: clustertest.System(t)}, "n1")
	read := func() history.Value {
		c.Invoke(0, "n1", history.Input{F: history.Read})
		done, ok := c.Await(t.Context(), c.Now()+10*time.Second)
		require.True(t, ok)
		require.NoError(t, done.Err)
		return done.Output.Value
	}
	require.Equal(t, history.Value("7"), read())
	require.NoError(t, invoke(t, c, "n1", history.Input{F: history.Write, Value: "8"}))
	require.NoError(t, c.Kill(t.Context(), "n1"))
	require.NoError(t, c.Restart(t.Context(), "n1"))
	require.NoError(t, invoke(t, c, "n1", history.Input{F: history.Read}), "its connection is another")
	require.Equal(t, history.Value("8"), read(), "afterwards they are the node's")
}

func TestOnlyBinariesBecomeProcesses(t *testing.T) {
	sys := seeded{System: clustertest.System(t), image: "redis"}
	r := New(Options{Dir: t.TempDir(), Run: t.Name()})
	require.EqualError(t, r.Offers(sys).Lacks(), "the local runtime starts binaries, and echo has only an image: choose --runtime docker")
	_, err := r.Start(t.Context(), sys, []history.NodeID{"n1"})
	require.Equal(t, r.Offers(sys).Lacks(), err)
}
