package campaign

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/harness"
	"senkei/harness/cluster/sim"
	"senkei/history"
	"senkei/nemesis"
	"senkei/node/marks"
	"senkei/workloads"
)

var register = workloads.Register()

func planOf(t testing.TB, seed uint64, profile string) Plan {
	t.Helper()
	p, err := FindProfile(profile)
	require.NoError(t, err)
	plan, err := MakePlan(seed, p, register)
	require.NoError(t, err)
	return plan
}

func TestTheSamePlanGivesTheSameHistoryWhateverTheRuntimeDoes(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	seeds := uint64(500)
	if testing.Short() {
		seeds = 50
	}
	for seed := range seeds {
		p := planOf(t, seed, "swarm")
		var first []byte
		var hash uint64
		for i, setting := range []struct{ procs, gc int }{{1, 100}, {2, 20}} {
			runtime.GOMAXPROCS(setting.procs)
			debug.SetGCPercent(setting.gc)
			o := Run(p, register, Options{})
			require.Empty(t, o.Class, "seed %d: %s", seed, o.Text())
			var text bytes.Buffer
			require.NoError(t, history.Encode(&text, o.History))
			if i == 0 {
				first, hash = text.Bytes(), o.Hash
				continue
			}
			require.Equal(t, hash, o.Hash, "seed %d", seed)
			require.True(t, bytes.Equal(first, text.Bytes()), "seed %d", seed)
		}
	}
}

func TestATraceChangesNothing(t *testing.T) {
	for seed := range uint64(20) {
		p := planOf(t, seed, "swarm")
		trace := &sim.Trace{}
		require.Equal(t, Run(p, register, Options{}).Hash, Run(p, register, Options{Trace: trace}).Hash)
		require.NotEmpty(t, trace.Messages)
	}
}

func TestNoProfileHasAFinding(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 12
	}
	for _, profile := range Profiles() {
		t.Run(profile.Name, func(t *testing.T) {
			var total Counts
			for seed := range seeds {
				o := Run(planOf(t, seed, profile.Name), register, Options{})
				require.Empty(t, o.Class, "seed %d: %s", seed, o.Text())
				require.Equal(t, checker.Valid, o.Verdict.Status)
				total.Add(o.Counts)
			}
			require.Greater(t, total.OK, total.Operations/2, "a cluster that answers little proves little")
			require.Positive(t, total.Leaders)
			for _, kind := range profile.kinds {
				require.Positive(t, total.Faults[kind], "the fault %s was never in force", kind)
			}
		})
	}
}

func TestAFewHundredSeedsReachNearlyAllMarks(t *testing.T) {
	var reached marks.Counts
	seeds := uint64(600)
	if testing.Short() {
		seeds = 100
	}
	for seed := range seeds {
		Run(planOf(t, seed, "swarm"), register, Options{Marks: &reached})
	}
	require.Less(t, len(reached.Missing()), len(marks.All())/6, "never reached: %v", reached.Missing())
}

func TestAFaultThatCannotBeHadIsGivenUpAndCounted(t *testing.T) {
	p := planOf(t, 1, "calm")
	kill := nemesis.Kill{Targets: nemesis.Targets{Names: p.Nodes[:1]}}
	p.Faults = Faults{{At: time.Second, For: 5 * time.Second, Fault: kill}, {At: 2 * time.Second, For: time.Second, Fault: kill}}
	o := Run(p, register, Options{})
	require.Empty(t, o.Class, o.Text())
	require.Equal(t, 1, o.Counts.GivenUp)
	require.Len(t, o.Applied, 1)
}

func TestAPlanSurvivesItsFile(t *testing.T) {
	for seed := range uint64(50) {
		p := planOf(t, seed, "swarm")
		f := NewFailure(p, Run(p, register, Options{}), "", "test")
		var text bytes.Buffer
		require.NoError(t, harness.EncodeJSON(&text, f))
		again, err := ReadFailure(&text)
		require.NoError(t, err)
		require.Equal(t, f.Hash, FormatHash(Run(again.Plan, register, Options{}).Hash))
	}
}

func TestADamagedPlanIsRefused(t *testing.T) {
	valid := func() Plan { return planOf(t, 1, "standard") }
	require.NoError(t, valid().Validate())
	for name, damage := range map[string]func(*Plan){
		"of another version":              func(p *Plan) { p.Version++ },
		"without nodes":                   func(p *Plan) { p.Nodes, p.Order = nil, nil },
		"with a node twice":               func(p *Plan) { p.Nodes[1] = p.Nodes[0] },
		"with an order of other nodes":    func(p *Plan) { p.Order[0] = "n9" },
		"without clients":                 func(p *Plan) { p.Clients = 0 },
		"with an operation of nobody":     func(p *Plan) { p.Operations[0].Client = p.Clients },
		"with an operation before time":   func(p *Plan) { p.Operations[0].At = -1 },
		"without a tick":                  func(p *Plan) { p.Settings.Tick = 0 },
		"with delays the wrong way round": func(p *Plan) { p.Settings.Network.DelayMax = 0 },
		"with a clock that stands still":  func(p *Plan) { p.Settings.Rates = []int{0} },
		"that takes days":                 func(p *Plan) { p.Safety = 100 * time.Hour },
		"with chunks of no size":          func(p *Plan) { p.Settings.ChunkBytes = -1 },
		"that asks for nothing for ever":  func(p *Plan) { p.Settings.Client.OpTimeout = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			p := valid()
			damage(&p)
			require.Error(t, p.Validate())
		})
	}
	for _, text := range []string{"", "{}", `{"plan": {"version": 1, "faults": ["{at: 1s}"]}}`, `{"planet": 1}`} {
		_, err := ReadFailure(bytes.NewBufferString(text))
		require.Error(t, err, text)
	}
}

// TestPlansThatOnceFailedAreClean replays the shrunk plans of bugs that were found in our own
// node, and in the simulator. Each file says in its name what was wrong.
func TestPlansThatOnceFailedAreClean(t *testing.T) {
	files, err := filepath.Glob("testdata/regressions/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.Open(file)
			require.NoError(t, err)
			defer text.Close()
			f, err := ReadFailure(text)
			require.NoError(t, err)
			require.NotEmpty(t, f.Class)
			o := Run(f.Plan, register, Options{})
			require.Empty(t, o.Class, o.Text())
		})
	}
}

func TestARecordedRunSaysWhatTheSimulationSaw(t *testing.T) {
	p := planOf(t, 3, "standard")
	trace := &sim.Trace{}
	o := Run(p, register, Options{Trace: trace})
	o.Class, o.Finding = "I9 made up", &sim.Finding{Class: "I9 made up", Server: "n2", Node: "n2", At: 2 * time.Second, Text: "a test"}
	f := Record(p, o, trace)
	require.Equal(t, "I9 made up: a test (n2 at 2s)", f.Test.Broken)
	require.Equal(t, 2*time.Second, f.Trace.To)
	require.NotEmpty(t, f.Trace.Messages)
	_, err := json.Marshal(f.Trace)
	require.NoError(t, err)
	require.NotEmpty(t, Story(p))
}
