package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/history"
)

// envDoomed names a run. It makes the test binary a harness that starts a cluster,
// says so on its output, and ends without Close when its input does. Where the name ends
// with keptSuffix, it pauses n1 and keeps the cluster before that.
const (
	envDoomed  = "SENKEI_TEST_DOOMED"
	keptSuffix = "-kept"
)

func runUntilKilled(run string) {
	ctx := context.Background()
	c, err := New(Options{Dir: os.TempDir(), Run: run}).Start(ctx, sleepers{}, []history.NodeID{"n1", "n2"})
	if err == nil && strings.HasSuffix(run, keptSuffix) {
		err = c.(*Cluster).Pause(ctx, "n1")
		_, e := c.(*Cluster).Detach()
		err = errors.Join(err, e, c.Close())
	}
	fmt.Println("started", err)
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// sleepers is a system that only exists.
type sleepers struct{}

func (sleepers) Name() string { return "sleepers" }
func (sleepers) Launch(cluster.Endpoint) cluster.Launch {
	path, err := exec.LookPath("sleep")
	if err != nil {
		panic(err)
	}
	return cluster.Launch{Binary: path, Args: []string{"1000"}}
}
func (sleepers) Open(string) cluster.Client          { panic("nobody speaks to a sleeper") }
func (sleepers) Ready(context.Context, string) error { return nil }

// doom starts a harness and its cluster in another process.
func doom(t *testing.T, run string) (harness *exec.Cmd) {
	t.Helper()
	harness = exec.Command(os.Args[0])
	harness.Env = append(os.Environ(), envDoomed+"="+run)
	stdin, err := harness.StdinPipe()
	require.NoError(t, err)
	stdout, err := harness.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, harness.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = harness.Wait()
		_, _ = healRuns(t, run)
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "started <nil>\n", line)
	return harness
}

// healRuns heals no other run on this machine.
func healRuns(t *testing.T, prefix string) (int, []string) {
	t.Helper()
	var told []string
	healed, err := heal(context.Background(),
		func(run string) bool { return strings.HasPrefix(run, prefix) },
		func(line string) { told = append(told, line) })
	require.NoError(t, err)
	return healed, told
}

func TestHealRemovesWhatADeadHarnessLeftAndNothingOfALivingOne(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	prefix := fmt.Sprintf("doomed%d-", os.Getpid())
	dead, living := prefix+"dead", prefix+"living"
	harness := doom(t, dead)
	doom(t, living)
	everything := leftovers(t, living)
	require.Len(t, everything, 3, "two nodes and their directory")

	healed, told := healRuns(t, prefix)
	require.Zero(t, healed, told)
	require.NoError(t, harness.Process.Kill())
	_ = harness.Wait()
	require.Len(t, leftovers(t, dead), 3)
	orphans, err := Orphans()
	require.NoError(t, err)
	var runs []string
	for _, o := range orphans {
		if strings.HasPrefix(o.Run, prefix) {
			runs = append(runs, o.Run)
		}
	}
	require.Equal(t, []string{dead, dead}, runs)

	healed, told = healRuns(t, prefix)
	require.Equal(t, 3, healed)
	require.Len(t, told, 3)
	require.Contains(t, told[0], "of run "+dead)
	require.Empty(t, leftovers(t, dead))
	require.Equal(t, everything, leftovers(t, living))
	healed, _ = healRuns(t, prefix)
	require.Zero(t, healed)
}

func TestHealKillsAPausedOrphan(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	run := fmt.Sprintf("doomed%d-paused", os.Getpid())
	harness := doom(t, run)
	require.NoError(t, harness.Process.Kill())
	_ = harness.Wait()
	orphans, err := Orphans()
	require.NoError(t, err)
	for _, o := range orphans {
		if o.Run == run {
			p := &process{pid: o.PID, done: make(chan struct{})}
			require.NoError(t, p.pause(t.Context()))
		}
	}
	healed, _ := healRuns(t, run)
	require.Equal(t, 3, healed)
	require.Empty(t, leftovers(t, run))
}

func TestAKeptClusterOutlivesItsHarnessWithItsPausesUntilItIsHealed(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	run := fmt.Sprintf("doomed%d%s", os.Getpid(), keptSuffix)
	harness := doom(t, run)
	healed, told := healRuns(t, run)
	require.Zero(t, healed, told)
	require.NoError(t, harness.Process.Kill())
	_ = harness.Wait()

	require.Len(t, leftovers(t, run), 3, "two nodes and their directory")
	orphans, err := Orphans()
	require.NoError(t, err)
	stopped := 0
	for _, o := range orphans {
		if o.Run == run {
			n, _, err := countThreads(o.PID)
			require.NoError(t, err)
			stopped += n
		}
	}
	require.Equal(t, 1, stopped, "the paused node went on, or ended")
	healed, _ = healRuns(t, run)
	require.Equal(t, 3, healed)
	require.Empty(t, leftovers(t, run))
}

func TestADirectoryWithoutAnOwnerIsLeftAlone(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir, err := os.MkdirTemp("", tempPrefix+"*")
	require.NoError(t, err)
	_, err = heal(t.Context(), func(run string) bool { return run == "" }, func(string) {})
	require.NoError(t, err)
	require.DirExists(t, dir)
}
