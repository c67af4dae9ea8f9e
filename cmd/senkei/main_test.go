package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// senkei runs one command line.
func senkei(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = execute(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

func TestWrongArgumentsEndWith254AndASentenceThatNamesThem(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("mine.yml", []byte("services: {}\n"), 0o644))
	require.NoError(t, os.WriteFile("bad.yaml", []byte("- {at: 1s, for: 1s, fault: fire}\n"), 0o644))
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"burn"}, `there is no command "burn"`},
		{[]string{"run", "extra"}, `"extra"`},
		{[]string{"run", "--nodes", "0"}, "--nodes 0: choose 1 to 9"},
		{[]string{"run", "--nodes", "many"}, "--nodes"},
		{[]string{"run", "--clients", "0"}, "--clients 0"},
		{[]string{"run", "--clients", "2", "--keys", "3"}, "need at least as many clients"},
		{[]string{"run", "--time", "0s"}, "--time 0s"},
		{[]string{"run", "--time", "200ms"}, "200ms is not between"},
		{[]string{"run", "--op-timeout", "-1s"}, "--op-timeout -1s"},
		{[]string{"run", "--system", "etcd"}, `--system "etcd": choose one of node`},
		{[]string{"run", "--runtime", "cloud"}, `--runtime "cloud": choose one of auto, docker, local`},
		{[]string{"run", "--workload", "bank"}, `--workload "bank": choose one of register`},
		{[]string{"run", "--nemesis", "kill,fire"}, `--nemesis "fire": choose from kill, pause, partition, member, transfer, or none`},
		{[]string{"run", "--node-arg", "snapshot-margin"}, `--node-arg "snapshot-margin": write a flag`},
		{[]string{"run", "--runtime", "local", "--bug", "moth"}, `--bug: there is no bug "moth"`},
		{[]string{"run", "--schedule", "missing.yaml"}, "--schedule: open missing.yaml"},
		{[]string{"run", "--schedule", "bad.yaml"}, "line 1"},
		{[]string{"run", "--memory", "0"}, "--memory 0"},
		{[]string{"run", "--check-time", "0s"}, "--check-time 0s"},
		{[]string{"run", "--colour"}, "unknown flag: --colour"},
		{[]string{"check"}, "arg"},
		{[]string{"check", "nowhere"}, "name a run directory such as store/latest, or a history file"},
		{[]string{"view", "nowhere"}, "`senkei check nowhere` makes one"},
		{[]string{"compose", "--nodes", "10"}, "--nodes 10: choose 1 to 9"},
		{[]string{"compose", "--file", "mine.yml"}, "was not written by senkei"},
	} {
		code, _, stderr := senkei(c.args...)
		require.Equal(t, exitUsage, code, "%v: %s", c.args, stderr)
		require.Contains(t, stderr, c.says, "%v", c.args)
	}
	require.NoDirExists(t, "store", "a refused run left something behind")
}

const valid = `{"process":0,"type":"invoke","f":"write","key":"x","value":1}
{"process":0,"type":"ok","f":"write","key":"x","value":1}
{"process":1,"type":"invoke","f":"read","key":"x","value":null}
{"process":1,"type":"ok","f":"read","key":"x","value":1}
`

const stale = valid + `{"process":2,"type":"invoke","f":"read","key":"x","value":null}
{"process":2,"type":"ok","f":"read","key":"x","value":null}
`

func TestAHistoryFileIsJudgedByItsExitCode(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, text string
		code       int
		says       string
	}{
		{"valid", valid, 0, "VALID"},
		{"stale", stale, 1, "Process 2's read of x returned nothing"},
		{"empty", "", 2, "holds no operation"},
		{"damaged", valid + "{\"process\":3,\n", exitUsage, "damaged.jsonl:5"},
	} {
		path := filepath.Join(dir, c.name+".jsonl")
		require.NoError(t, os.WriteFile(path, []byte(c.text), 0o644))
		code, stdout, stderr := senkei("check", path)
		require.Equal(t, c.code, code, "%s: %s%s", c.name, stdout, stderr)
		require.Contains(t, stdout+stderr, c.says)
	}
}

func TestJSONIsOneDocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(stale), 0o644))
	code, stdout, _ := senkei("check", "--json", path)
	require.Equal(t, 1, code)
	var result struct {
		Verdict  string `json:"verdict"`
		ExitCode int    `json:"exit_code"`
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &result))
	require.Equal(t, "invalid", result.Verdict)
	require.Equal(t, 1, result.ExitCode)
}

func TestTheTablesListWhatThereIs(t *testing.T) {
	for command, says := range map[string]string{
		"workloads": "register", "faults": "partition", "bugs": "stale-leader-local-read", "version": "senkei ",
	} {
		code, stdout, _ := senkei(command)
		require.Zero(t, code)
		require.Contains(t, stdout, says)
	}
}

func TestARunIsRecordedJudgedViewedAndJudgedAgain(t *testing.T) {
	store := t.TempDir()
	code, stdout, stderr := senkei("run", "--runtime", "local", "--nodes", "3", "--time", "2s", "--nemesis", "none",
		"--seed", "7", "--store", store)
	require.Zero(t, code, stdout+stderr)
	require.Contains(t, stdout, "VALID")
	require.Contains(t, stdout, "seed 7")
	latest := filepath.Join(store, "latest")
	for _, file := range []string{"test.json", "history.jsonl", "schedule.yaml", "result.json", "report.html", "timeline.html", "nodes/n1.log"} {
		require.FileExists(t, filepath.Join(latest, file))
	}
	before, err := os.ReadFile(filepath.Join(latest, "result.json"))
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(latest, "result.json")))
	code, stdout, stderr = senkei("check", latest)
	require.Zero(t, code, stdout+stderr)
	after, err := os.ReadFile(filepath.Join(latest, "result.json"))
	require.NoError(t, err)
	require.JSONEq(t, string(before), string(after))
	code, stdout, _ = senkei("view", latest)
	require.Zero(t, code)
	require.Contains(t, stdout, "VALID")
}
