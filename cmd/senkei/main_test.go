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
	require.NoError(t, os.WriteFile("power.yaml", []byte("- {at: 1s, for: 1s, expect: [agree]}\n- {at: 1s, for: 1s, fault: power, targets: all}\n"), 0o644))
	require.NoError(t, os.WriteFile("votes.yaml", []byte("- {at: 1s, for: 1s, fault: partition, shape: halves, messages: [Vote]}\n"), 0o644))
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"burn"}, `unknown command "burn" for "senkei"`},
		{[]string{"run", "extra"}, `"extra"`},
		{[]string{"run", "--nodes", "0"}, "--nodes 0: choose 1 to 9"},
		{[]string{"run", "--nodes", "many"}, "--nodes"},
		{[]string{"run", "--clients", "0"}, "--clients 0"},
		{[]string{"run", "--clients", "2", "--keys", "3"}, "need at least as many clients"},
		{[]string{"run", "--time", "0s"}, "--time 0s"},
		{[]string{"run", "--time", "200ms"}, "200ms is not between"},
		{[]string{"run", "--op-timeout", "-1s"}, "--op-timeout -1s"},
		{[]string{"run", "--system", "etcd"}, `--system "etcd": choose one of node`},
		{[]string{"run", "--runtime", "cloud"}, `--runtime "cloud": choose one of auto, docker, local, sim`},
		{[]string{"run", "--workload", "bank"}, `--workload "bank": choose one of register`},
		{[]string{"run", "--nemesis", "kill,fire"}, `--nemesis "fire": choose from kill, pause, partition, member, transfer, power, replace, clock, disk, traffic, or none`},
		{[]string{"run", "--runtime", "local", "--nemesis", "kill,power"}, "--nemesis: plan faults: power: what a real node has written and not synced outlives it in the kernel\n"},
		{[]string{"run", "--nodes", "2", "--nemesis", "replace"}, "--nemesis: plan faults: fewer than 3 nodes cannot spare the disk of one"},
		{[]string{"run", "--runtime", "local", "--schedule", "power.yaml"}, "--schedule power.yaml: on local, cut the power of all: what a real node has written and not synced outlives it in the kernel"},
		{[]string{"run", "--runtime", "docker", "--schedule", "votes.yaml"}, "on docker, partition: halves (only Vote): only simulated links know the kinds of a node's messages"},
		{[]string{"run", "--node-arg", "snapshot-margin"}, `--node-arg "snapshot-margin": write a flag`},
		{[]string{"run", "--runtime", "local", "--bug", "moth"}, `--bug: there is no bug "moth"`},
		{[]string{"run", "--schedule", "missing.yaml"}, "--schedule: open missing.yaml"},
		{[]string{"run", "--schedule", "bad.yaml"}, "line 1"},
		{[]string{"run", "--runtime", "sim", "--fail-fast"}, "--fail-fast: nothing of simulated nodes can be kept"},
		{[]string{"run", "--memory", "0"}, "--memory 0"},
		{[]string{"check", "mine.yml", "--memory", "9223372036854775807"}, "--memory 9223372036854775807: choose 1 to 16777216"},
		{[]string{"check", "mine.yml", "--check-time", "2000000h"}, "choose 1ns to 720h0m0s"},
		{[]string{"run", "--op-timeout", "2h"}, "--op-timeout 2h0m0s: choose 1ns to 1h0m0s"},
		{[]string{"run", "--ops-per-key", "-1"}, "--ops-per-key -1: choose 1 to 1000000"},
		{[]string{"explore", "--states", "-1"}, "--states -1"},
		{[]string{"run", "--check-time", "0s"}, "--check-time 0s"},
		{[]string{"run", "--colour"}, "unknown flag: --colour"},
		{[]string{"explore", "--depth", "0"}, "--depth 0: choose 1 to 1000"},
		{[]string{"explore", "--nodes", "1"}, "--nodes 1: choose 2 to 5"},
		{[]string{"explore", "--time", "-1s"}, "--time -1s"},
		{[]string{"explore", "--memory", "0"}, "--memory 0"},
		{[]string{"sim", "--seeds", "9-3"}, `--seeds "9-3": write one number, or two such as 1-10000`},
		{[]string{"sim", "--seeds", "many"}, `--seeds "many"`},
		{[]string{"sim", "--profile", "storm"}, `--profile: there is no profile "storm": choose one of swarm`},
		{[]string{"sim", "--jobs", "0"}, "--jobs 0: choose 1 to 256"},
		{[]string{"sim", "--seeds", "1", "--bug", "moth"}, `--bug: there is no bug "moth"`},
		{[]string{"replay"}, "arg"},
		{[]string{"replay", "nowhere.json"}, "name a failure.json or a seed"},
		{[]string{"replay", "mine.yml"}, "mine.yml: it is not a failure.json"},
		{[]string{"shrink", "1", "--time", "0s"}, "--time 0s"},
		{[]string{"shrink", "1", "--profile", "calm"}, "this plan does not fail"},
		{[]string{"run", "--runtime", "sim", "--node-arg=--snapshot-margin=5"}, "simulated nodes have no command line"},
		{[]string{"check"}, "arg"},
		{[]string{"check", "nowhere"}, "name a run directory such as store/latest, or a history file"},
		{[]string{"check", "--model", "stack", "mine.yml"}, `--model "stack": choose one of register, key-value, versioned-register, store, mutex`},
		{[]string{"check", "--format", "xml", "mine.yml"}, `--format: there is no format "xml"; choose one of jsonl, edn, jepsen-txt, porcupine-etcd, porcupine-kv`},
		{[]string{"check", "--model", "set", "--workload", "register", "mine.yml"}, "pass one of them"},
		{[]string{"check", "--workload", "bank", "mine.yml"}, `--workload "bank": choose one of register`},
		{[]string{"check", "--model", "set", "."}, ". is a run, which is judged as its workload says"},
		{[]string{"check", "mine.yml"}, "mine.yml: the file begins like none of the formats jsonl, edn, jepsen-txt, porcupine-etcd, porcupine-kv; pass --format if it is one of them"},
		{[]string{"convert", "--to", "xml", "mine.yml"}, `--to: there is no format "xml"`},
		{[]string{"convert", "nowhere"}, "open nowhere"},
		{[]string{"view", "nowhere"}, "`senkei check nowhere` makes one"},
		{[]string{"compose", "--nodes", "10"}, "--nodes 10: choose 1 to 9"},
		{[]string{"compose", "--file", "mine.yml"}, "Senkei does not know it as a file of its own"},
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
		{"sequential", stale, 1, "Strongest model known to hold: sequential; linearizable is broken: "},
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

// Histories of other tools are judged by the model that one names.
func TestAHistoryOfAnyFormatIsJudgedByAModel(t *testing.T) {
	const queue = `{:process 0, :type :invoke, :f :enqueue, :value [:q 1]}
{:process 0, :type :ok, :f :enqueue, :value [:q 1]}
{:process 1, :type :invoke, :f :dequeue, :value [:q nil]}
{:process 1, :type :ok, :f :dequeue, :value [:q 1]}
`
	const twice = `{:process 0, :type :invoke, :f :dequeue, :value [:q nil]}
{:process 0, :type :ok, :f :dequeue, :value [:q 1]}
`
	const set = `{"process":0,"type":"invoke","f":"add","value":1}
{"process":0,"type":"ok","f":"add"}
{"process":0,"type":"invoke","f":"read"}
{"process":0,"type":"ok","f":"read","value":[]}
`
	dir := t.TempDir()
	for _, c := range []struct {
		name, text, model string
		code              int
		says              string
	}{
		{"queue", queue, "fifo-queue", 0, "VALID"},
		{"delivered twice", queue + twice, "unordered-queue", 1, "1 was dequeued twice."},
		{"delivered once", queue, "register", exitUsage, "operation 0, enqueue of 1 to :q, is not one of the model register: enqueue is none of read, write, cas; choose --model fifo-queue, unordered-queue"},
		{"lost", set, "g-set", 1, "read lacks 1"},
		{"mixed", set + `{"process":1,"type":"invoke","f":"acquire"}`, "set", exitUsage, "no model knows all operations of this history"},
		{"keyed", `{:process 0, :type :invoke, :f :write, :value [1 2]}`, "register", exitUsage, "keyed:1: the value [1 2] may be a key and a value"},
	} {
		path := filepath.Join(dir, c.name)
		require.NoError(t, os.WriteFile(path, []byte(c.text), 0o644))
		code, stdout, stderr := senkei("check", "--model", c.model, path)
		require.Equal(t, c.code, code, "%s: %s%s", c.name, stdout, stderr)
		require.Contains(t, stdout+stderr, c.says, c.name)
	}
	code, stdout, stderr := senkei("check", "--keyed", "--format", "edn", filepath.Join(dir, "keyed"))
	require.Equal(t, exitUnknown, code, "one write of unknown outcome proves nothing: %s%s", stdout, stderr)
	require.Contains(t, stdout, "1 operations")
}

func TestAHistoryIsConvertedAndBack(t *testing.T) {
	dir := t.TempDir()
	path, there := filepath.Join(dir, "h.jsonl"), filepath.Join(dir, "h.edn")
	require.NoError(t, os.WriteFile(path, []byte(stale), 0o644))
	code, edn, stderr := senkei("convert", "--to", "edn", path)
	require.Zero(t, code, stderr)
	require.Contains(t, edn, `{:index 0, :time 0, :process 0, :type :invoke, :f :write, :value ["x" 1]}`)
	require.NoError(t, os.WriteFile(there, []byte(edn), 0o644))
	code, before, stderr := senkei("convert", path)
	require.Zero(t, code, stderr)
	code, after, stderr := senkei("convert", there)
	require.Zero(t, code, stderr)
	require.Equal(t, before, after)
	code, _, stderr = senkei("convert", "--to", "porcupine-kv", path)
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "h.jsonl cannot be written as porcupine-kv: operation 0, write of 1 to x, has a value that is no plain text")
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
		"workloads": "register", "models": "also multi-register, list-append", "systems": "node  docker, local, sim  Senkei's own", "bugs": "stale-leader-local-read", "version": "senkei ",
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
	cert := filepath.Join(store, "run.cert")
	code, stdout, stderr = senkei("check", latest, "--certificate", cert)
	require.Zero(t, code, stdout+stderr)
	code, stdout, stderr = senkei("verify", latest, cert)
	require.Zero(t, code, stdout+stderr)
	code, stdout, _ = senkei("view", latest)
	require.Zero(t, code)
	require.Contains(t, stdout, "VALID")
}

func TestFaultsSayWhichRuntimeHasThemAndWhyNot(t *testing.T) {
	code, out, stderr := senkei("faults")
	require.Zero(t, code, stderr)
	require.Regexp(t, `(?m)^fault +docker +local +sim *$`, out)
	require.Regexp(t, `(?m)^kill .* yes +yes +SIGKILL`, out)
	require.Regexp(t, `(?m)^clock .* no \((\d)\) +yes +clocks`, out)
	require.Regexp(t, `(?m)^\(\d\) real nodes share the clock of this machine$`, out)
}
