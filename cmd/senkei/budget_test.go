package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// writeHopelessQueue writes what a hundred clients did with a FIFO queue of noughts and ones,
// each operation in its turn while nearly all are open; near the end a dequeue tells the wrong
// one. The queue can stand in so many ways that nobody can rule out all of them.
func writeHopelessQueue(t *testing.T, path string) {
	const clients, operations = 100, 20_000
	f, err := os.Create(path)
	require.NoError(t, err)
	w := bufio.NewWriter(f)
	r := rand.New(rand.NewPCG(1, 2))
	var queue []string
	asked := make([]string, clients) // the event that ends the open operation, or empty
	for n := 0; n < operations; {
		p := r.IntN(clients)
		if asked[p] != "" {
			fmt.Fprintln(w, asked[p])
			asked[p] = ""
			continue
		}
		n++
		if r.IntN(2) == 0 {
			v := fmt.Sprint(r.IntN(2))
			queue = append(queue, v)
			fmt.Fprintf(w, `{"process":%d,"type":"invoke","f":"enqueue","value":%s}`+"\n", p, v)
			asked[p] = fmt.Sprintf(`{"process":%d,"type":"ok","f":"enqueue","value":%s}`, p, v)
			continue
		}
		got := "null"
		if len(queue) > 0 {
			got, queue = queue[0], queue[1:]
		}
		if n == operations*9/10 {
			got = "2"
		}
		fmt.Fprintf(w, `{"process":%d,"type":"invoke","f":"dequeue"}`+"\n", p)
		asked[p] = fmt.Sprintf(`{"process":%d,"type":"ok","f":"dequeue","value":%s}`, p, got)
	}
	for _, end := range asked {
		if end != "" {
			fmt.Fprintln(w, end)
		}
	}
	require.NoError(t, w.Flush())
	require.NoError(t, f.Close())
}

func TestAHopelessHistoryIsUnknownWithinItsBudgets(t *testing.T) {
	const limit, slack = 5 * time.Second, 10 * time.Second // the machine may be busy
	const residentMax = 400 << 20
	dir := t.TempDir()
	binary, file := filepath.Join(dir, "senkei"), filepath.Join(dir, "queue.jsonl")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make builds it, also under the race detector
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	writeHopelessQueue(t, file)
	command := exec.CommandContext(t.Context(), binary, "check", file, "--model", "fifo-queue", "--memory", "256", "--check-time", limit.String())
	began := time.Now()
	out, err = command.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "%s", out)
	require.Equal(t, 2, exit.ExitCode(), "%s", out)
	require.Less(t, time.Since(began), limit+slack)
	require.Regexp(t, `key "": 20000 operations .*\(the .* search got furthest: past the ends of \d+ of 20000\); use fewer operations per key, or raise --`, string(out))
	resident := exit.SysUsage().(*syscall.Rusage).Maxrss << 10
	require.Less(t, resident, int64(residentMax))
	t.Logf("%v, %d MiB resident: %s", time.Since(began), resident>>20, out)
}
