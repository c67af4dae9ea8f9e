package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Porcupine's own tests say of each history that it ships whether it is linearizable; we
// read there what they expect.
var (
	etcdCase = regexp.MustCompile(`checkJepsen\(t, (\d+), (true|false)\)`)
	kvCase   = regexp.MustCompile(`checkKv\(t, "([\w-]+)", (true|false), true\)`)
)

func TestTheHistoriesThatPorcupineShipsAreJudgedAsItsTestsExpectWithProof(t *testing.T) {
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/anishathalye/porcupine").Output()
	require.NoError(t, err)
	root := strings.TrimSpace(string(dir))
	tests, err := os.ReadFile(filepath.Join(root, "porcupine_test.go"))
	require.NoError(t, err)

	expected := map[string]string{} // file -> "true" or "false"
	for _, c := range etcdCase.FindAllStringSubmatch(string(tests), -1) {
		n, err := strconv.Atoi(c[1])
		require.NoError(t, err)
		expected[fmt.Sprintf("jepsen/etcd_%03d.log", n)] = c[2]
	}
	for _, c := range kvCase.FindAllStringSubmatch(string(tests), -1) {
		expected["kv/"+c[1]+".txt"] = c[2]
	}
	require.Len(t, expected, 102+6)

	violations, proved := 0, 0
	for file, linearizable := range expected {
		model, code := "register", map[string]int{"true": 0, "false": 1}[linearizable]
		if strings.HasPrefix(file, "kv/") {
			model = "kv"
		}
		// The violation of kv/c50-bad.txt is found at once, but telling it in the shortest way
		// takes all the time that it is given.
		within := "2m"
		if file == "kv/c50-bad.txt" {
			within = "10s"
		}
		path, cert := filepath.Join(root, "test_data", file), filepath.Join(t.TempDir(), "certificate")
		got, stdout, stderr := senkei("check", "--model", model, "--check-time", within, path, "--certificate", cert)
		require.Equal(t, code, got, "%s: %s%s", file, stdout, stderr)
		got, stdout, stderr = senkei("verify", path, cert)
		if file == "kv/c50-bad.txt" { // no time was left for its other keys
			require.Contains(t, []int{0, exitUnknown}, got, "%s: %s%s", file, stdout, stderr)
		} else {
			require.Zero(t, got, "%s: %s%s", file, stdout, stderr)
		}
		if code == 1 {
			violations++
			if strings.Contains(stdout, ", proved by ") {
				proved++
			}
		}
	}
	// Within its time the core of kv/c50-bad.txt may stay too large to be verified.
	require.GreaterOrEqual(t, proved, violations-1)
}
