package docker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/harness/cluster"
	"senkei/harness/cluster/clustertest"
	"senkei/harness/cluster/live"
	"senkei/history"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "senkei-docker-test-")
	if err != nil {
		panic(err)
	}
	agentBinary = sync.OnceValues(func() (string, error) {
		path := filepath.Join(dir, "senkei-agent")
		build := exec.Command("go", "build", "-o", path, "senkei/cmd/senkei-agent")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		out, err := build.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("build senkei-agent: %w\n%s", err, out)
		}
		return path, err
	})
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// agentBinary builds the agent once and returns its path.
var agentBinary func() (string, error)

// runs names everything that one test starts, and connects to the daemon to look.
type runs struct {
	cli    *client.Client
	prefix string
	count  int
	agent  string
}

func newRuns(t testing.TB) *runs {
	t.Helper()
	if err := Available(t.Context()); err != nil {
		t.Skipf("needs Docker: %v", err)
	}
	cli, err := connect()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cli.Close()) })
	agent, err := agentBinary()
	require.NoError(t, err)
	return &runs{cli: cli, prefix: "test-" + strings.ToLower(rand.Text()[:8]), agent: agent}
}

func (r *runs) options() Options {
	r.count++
	return Options{
		Run:         fmt.Sprintf("%s-%d", r.prefix, r.count),
		AgentBinary: r.agent,
		OpTimeout:   2 * time.Second,
	}
}

// leftovers names what exists of all these runs.
func (r *runs) leftovers(t testing.TB) []string {
	t.Helper()
	ctx := context.Background()
	f := filters.NewArgs(filters.Arg("label", ownerLabel))
	var found []string
	keep := func(kind, name string, labels map[string]string) {
		if strings.HasPrefix(labels[runLabel], r.prefix) {
			found = append(found, kind+" "+name)
		}
	}
	containers, err := r.cli.ContainerList(ctx, container.ListOptions{All: true, Filters: f})
	require.NoError(t, err)
	for _, c := range containers {
		keep("container", name(c), c.Labels)
	}
	networks, err := r.cli.NetworkList(ctx, network.ListOptions{Filters: f})
	require.NoError(t, err)
	for _, n := range networks {
		keep("network", n.Name, n.Labels)
	}
	volumes, err := r.cli.VolumeList(ctx, volume.ListOptions{Filters: f})
	require.NoError(t, err)
	for _, v := range volumes.Volumes {
		keep("volume", v.Name, v.Labels)
	}
	return found
}

func TestContract(t *testing.T) {
	r := newRuns(t)
	clustertest.Run(t, clustertest.Subject{
		Runtime:   func(*testing.T) cluster.Runtime { return New(r.options()) },
		System:    clustertest.System(t),
		Leftovers: func(t *testing.T) []string { return r.leftovers(t) },
	})
}

var two = []history.NodeID{"n1", "n2"}

func TestTwoNodes(t *testing.T) {
	r := newRuns(t)
	sys := clustertest.System(t)
	opts := r.options()
	started, err := New(opts).Start(t.Context(), sys, two)
	require.NoError(t, err)
	t.Cleanup(func() { _ = started.Close() }) // the last test looks at what Close says
	c := started.(*Cluster)

	t.Run("have no privilege, and ports that are open on this machine only", func(t *testing.T) {
		testUnprivileged(t, c)
	})
	t.Run("have agents that refuse a caller without their token", func(t *testing.T) {
		stranger := c.nodes["n1"].agent
		stranger.Token = "guessed"
		require.ErrorContains(t, stranger.Cut(t.Context(), nil), "401")
	})
	t.Run("are not disturbed by a second start under their name", func(t *testing.T) {
		before := r.leftovers(t)
		_, err = New(opts).Start(t.Context(), sys, two)
		require.ErrorContains(t, err, "already exists")
		require.ElementsMatch(t, before, r.leftovers(t))
	})
	t.Run("are not healed away with what a dead owner left", func(t *testing.T) {
		testHeal(t, r, c)
	})
	t.Run("are named when they stop on their own", func(t *testing.T) {
		testStopped(t, r, c)
	})
}

func testUnprivileged(t *testing.T, c *Cluster) {
	main, err := c.cli.ContainerInspect(t.Context(), c.nodes["n1"].main)
	require.NoError(t, err)
	require.Equal(t, "65534:65534", main.Config.User)
	require.Empty(t, main.HostConfig.CapAdd)
	outer, err := c.cli.ContainerInspect(t.Context(), c.nodes["n1"].net)
	require.NoError(t, err)
	require.Len(t, outer.HostConfig.CapAdd, 1)
	for _, info := range []container.InspectResponse{main, outer} {
		require.False(t, info.HostConfig.Privileged)
		require.True(t, info.HostConfig.ReadonlyRootfs)
		require.Equal(t, []string{"ALL"}, []string(info.HostConfig.CapDrop))
		require.Contains(t, info.HostConfig.SecurityOpt, "no-new-privileges")
	}
	require.NotEmpty(t, outer.NetworkSettings.Ports)
	for port, bindings := range outer.NetworkSettings.Ports {
		for _, b := range bindings {
			require.Equal(t, "127.0.0.1", b.HostIP, port)
		}
	}
}

func testHeal(t *testing.T, r *runs, living *Cluster) {
	ofLiving := r.leftovers(t)
	orphan := r.orphan(t, living, fmt.Sprintf("%d:1", os.Getpid()))
	ownerless := r.orphan(t, living, "")
	t.Cleanup(func() { require.NoError(t, r.cli.VolumeRemove(context.Background(), ownerless, false)) })

	heal := func() string {
		var removed []string
		_, err := Heal(t.Context(), func(line string) { removed = append(removed, line) })
		require.NoError(t, err)
		return strings.Join(removed, "\n")
	}
	removed := heal()
	for _, kind := range []string{"container", "network", "volume"} {
		require.Contains(t, removed, "removed "+kind+" "+orphan)
	}
	require.NotContains(t, removed, ownerless)
	require.ElementsMatch(t, ofLiving, r.leftovers(t))
	require.NotContains(t, heal(), r.prefix)
}

func testStopped(t *testing.T, r *runs, c *Cluster) {
	stopped := func(container string) {
		require.NoError(t, live.Poll(t.Context(), stateWithin, stateEvery, func(ctx context.Context) error {
			info, err := c.cli.ContainerInspect(ctx, container)
			if err == nil && info.State.Running {
				err = fmt.Errorf("%s still runs", info.Name)
			}
			return err
		}))
	}
	c.Invoke(0, "n2", history.Input{F: clustertest.Crash})
	_, ok := c.Await(t.Context(), c.Now()+10*time.Second)
	require.True(t, ok)
	stopped(c.nodes["n2"].main)

	err := c.Kill(t.Context(), two...)
	require.ErrorContains(t, err, "kill n2: it does not run, its exit code was 1")
	require.NotContains(t, err.Error(), "n1")
	require.NoError(t, c.Restart(t.Context(), two...))
	require.NoError(t, c.cli.ContainerKill(t.Context(), c.nodes["n1"].net, "SIGTERM"))
	stopped(c.nodes["n1"].net)

	err = c.Close()
	require.ErrorContains(t, err, "n2 stopped on its own with exit code 1; its last log line: n2 ")
	require.ErrorContains(t, err, "crashes")
	require.ErrorContains(t, err, "the net container of n1 stopped with exit code 0")
	require.NotContains(t, err.Error(), "n1 stopped on its own")
	require.Equal(t, err, c.Close(), "a second Close says the same")
	require.Empty(t, r.leftovers(t))
}

func TestKeptContainersStayAsTheyAreUntilTheirOwnerIsHealed(t *testing.T) {
	r := newRuns(t)
	sys := clustertest.System(t)
	started, err := New(r.options()).Start(t.Context(), sys, two)
	require.NoError(t, err)
	c := started.(*Cluster)
	t.Cleanup(func() {
		_, err := remove(context.Background(), r.cli, c.labels(), func(map[string]string) bool { return true }, func(string) {})
		require.NoError(t, err)
		require.Empty(t, r.leftovers(t))
	})
	require.NoError(t, c.Pause(t.Context(), "n1"))
	before := r.leftovers(t)
	addrs, err := c.Detach()
	require.NoError(t, err)
	require.NoError(t, c.Close())

	require.ElementsMatch(t, before, r.leftovers(t))
	n1, err := r.cli.ContainerInspect(t.Context(), c.nodes["n1"].main)
	require.NoError(t, err)
	require.True(t, n1.State.Paused)
	require.NoError(t, sys.Ready(t.Context(), addrs["n2"]))
}

func TestAnInterruptedStartLeavesNothingBehind(t *testing.T) {
	r := newRuns(t)
	sys := clustertest.System(t)
	t.Run("interrupted before the first container", func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		opts := r.options()
		opts.Progress = func(string) { interrupt() }
		_, err := New(opts).Start(ctx, sys, two)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, r.leftovers(t))
	})
	t.Run("interrupted while it waits for the nodes to answer", func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		_, err := New(r.options()).Start(ctx, mute{sys, interrupt}, two)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, r.leftovers(t))
	})
}

// mute is a system that never answers and presses Ctrl-C when it is asked.
type mute struct {
	cluster.System
	interrupt func()
}

func (s mute) Ready(context.Context, string) error {
	s.interrupt()
	return errors.New("no answer")
}

// orphan makes a running container with a network and a volume of the same name, as
// if the given owner had made them. Without an owner it makes the volume alone.
func (r *runs) orphan(t *testing.T, like *Cluster, owner string) string {
	t.Helper()
	ctx := context.Background()
	name := fmt.Sprintf("senkei-%s-orphan", r.options().Run)
	labels := map[string]string{runLabel: r.prefix}
	if owner != "" {
		labels[ownerLabel] = owner
	}
	_, err := r.cli.VolumeCreate(ctx, volume.CreateOptions{Name: name, Labels: labels})
	require.NoError(t, err)
	if owner == "" {
		return name
	}
	_, err = r.cli.NetworkCreate(ctx, name, network.CreateOptions{Labels: labels})
	require.NoError(t, err)
	node, err := r.cli.ContainerInspect(ctx, like.nodes["n1"].main)
	require.NoError(t, err)
	made, err := r.cli.ContainerCreate(ctx,
		&container.Config{Image: node.Config.Image, Cmd: node.Config.Cmd, Labels: labels},
		&container.HostConfig{NetworkMode: container.NetworkMode(name), Binds: []string{name + ":/data"}}, nil, nil, name)
	require.NoError(t, err)
	require.NoError(t, r.cli.ContainerStart(ctx, made.ID, container.StartOptions{}))
	return name
}

// BenchmarkFiveNodes reports how long five nodes take to serve and to be removed.
func BenchmarkFiveNodes(b *testing.B) {
	r := newRuns(b)
	sys := clustertest.System(b)
	var up, down time.Duration
	for b.Loop() {
		began := time.Now()
		c, err := New(r.options()).Start(b.Context(), sys, []history.NodeID{"n1", "n2", "n3", "n4", "n5"})
		require.NoError(b, err)
		up += time.Since(began)
		began = time.Now()
		require.NoError(b, c.Close())
		down += time.Since(began)
	}
	b.ReportMetric(float64(up.Milliseconds())/float64(b.N), "ms-start")
	b.ReportMetric(float64(down.Milliseconds())/float64(b.N), "ms-close")
}

// packed starts the nodes of another system from an image, with a value in their register.
type packed struct {
	cluster.System
	from cluster.Launch
}

func (s packed) Launch(e cluster.Endpoint) cluster.Launch {
	l := s.from
	l.Args, l.Files = s.System.Launch(e).Args, map[string]string{"register": "7"}
	return l
}

func TestNodesStartFromAFolderAndFromAnImageWithTheirFiles(t *testing.T) {
	r := newRuns(t)
	echo, folder := clustertest.System(t), t.TempDir()
	binary, err := os.ReadFile(echo.Launch(cluster.Endpoint{}).Binary)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "node"), binary, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte("FROM scratch\nCOPY node /node\nENTRYPOINT [\"/node\"]\n"), 0o600))
	from := cluster.Launch{Build: folder}
	for range 2 {
		started, err := New(r.options()).Start(t.Context(), packed{echo, from}, two)
		require.NoError(t, err)
		t.Cleanup(func() { _ = started.Close() })
		c := started.(*Cluster)
		for p, n := range two {
			c.Invoke(history.Process(p), n, history.Input{F: history.Read})
			done, ok := c.Await(t.Context(), c.Now()+10*time.Second)
			require.True(t, ok)
			require.NoError(t, done.Err)
			require.Equal(t, history.Value("7"), done.Output.Value)
		}
		info, err := c.cli.ContainerInspect(t.Context(), c.nodes["n1"].main)
		require.NoError(t, err)
		from = cluster.Launch{Image: info.Config.Image}
		require.NoError(t, c.Close())
	}
	_, err = New(r.options()).Start(t.Context(), packed{echo, cluster.Launch{Image: "senkei/none:such"}}, two)
	require.ErrorContains(t, err, "image senkei/none:such: the Docker daemon does not have it, and nothing is pulled")
	_, err = New(r.options()).Start(t.Context(), packed{echo, cluster.Launch{Build: t.TempDir()}}, two)
	require.ErrorContains(t, err, "has no Dockerfile")
	require.Empty(t, r.leftovers(t))
}
