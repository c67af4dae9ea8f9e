package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// crashes returns how often a test crashes a run: SENKEI_CRASHES, or a few times.
func crashes(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("SENKEI_CRASHES"))
	if err != nil {
		return 2
	}
	t.Logf("%d crashes", n)
	return n
}

// builtSenkei is the command as a program of its own, which can be killed.
func builtSenkei(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "senkei")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

// live is a run on local processes of a few seconds, with its files below store.
func live(binary, store string) *exec.Cmd {
	return exec.Command(binary, "run", "--runtime", "local", "--nodes", "3", "--clients", "4", "--time", "2s", "--nemesis", "none", "--store", store)
}

// requireJudged requires that what is left of a run, if it had begun, is judged.
func requireJudged(t *testing.T, binary, store string, when any) {
	latest := filepath.Join(store, "latest")
	if _, err := os.Stat(filepath.Join(latest, "test.json")); err != nil {
		return // no run had begun
	}
	heal, err := exec.Command(binary, "heal").CombinedOutput()
	require.NoError(t, err, string(heal))
	check := exec.Command(binary, "check", "--check-time", "5s", latest)
	out, _ := check.CombinedOutput()
	require.Contains(t, []int{0, exitInvalid, exitUnknown}, check.ProcessState.ExitCode(), "after %v: %s", when, out)
}

func TestWhatAKilledRunLeavesIsJudged(t *testing.T) {
	binary := builtSenkei(t)
	for i := range crashes(t) {
		store := filepath.Join(t.TempDir(), fmt.Sprint(i))
		run := live(binary, store)
		require.NoError(t, run.Start())
		after := time.Duration(rand.Int64N(int64(4 * time.Second)))
		<-time.After(after)
		_ = run.Process.Signal(syscall.SIGKILL) // it may have ended
		_ = run.Wait()
		requireJudged(t, binary, store, after)
	}
}

func TestARunWhoseDiskIsFullIsJudged(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	binary := builtSenkei(t)
	for range crashes(t) {
		store, kib := t.TempDir(), 4+rand.IntN(500)
		if err := unix.Mount("tmpfs", store, "tmpfs", 0, fmt.Sprintf("size=%dk", kib)); err != nil {
			t.Skipf("no small disk can be mounted here: %v", err)
		}
		var out bytes.Buffer
		run := live(binary, store)
		run.Stdout, run.Stderr = &out, &out
		err := run.Run()
		t.Logf("%d KiB: %v", kib, err)
		// What is left is judged once there is room again.
		require.NoError(t, unix.Mount("tmpfs", store, "tmpfs", unix.MS_REMOUNT, "size=64m"))
		requireJudged(t, binary, store, fmt.Sprintf("%d KiB: %s", kib, out.String()))
		require.NoError(t, unix.Unmount(store, 0))
	}
}
