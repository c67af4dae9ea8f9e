// Package extending holds an example of each kind of plug-in, each in one file and one row of
// the tables below. docs/extending.md shows them.
package extending

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/harness"
	"senkei/harness/cluster"
	"senkei/harness/cluster/docker"
	"senkei/harness/cluster/local"
	"senkei/history"
	"senkei/history/formats"
	"senkei/nemesis"
)

// The tables, as cmd/senkei has them.
var (
	faults     = append(nemesis.Kinds(), rolling)
	files      = append(formats.All(), CSV)
	model      = linearizable.Of(Rising{})
	workload   = ReadWrite()
	properties = append(harness.RunProperties(), func(harness.Recorded) (checker.Property, error) {
		return Prompt{Within: 10 * time.Second}, nil
	})
)

// built returns the path of a static binary.
func built(t *testing.T, pkg string) string {
	path := filepath.Join(t.TempDir(), filepath.Base(pkg))
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// schedule hits the store with what it must survive, and with the fault of this package.
const schedule = `
- {at: 1s, for: 1s, fault: kill, targets: one}
- {at: 3s, for: 1s, fault: pause, targets: minority}
- {at: 5s, for: 1500ms, fault: partition, shape: halves}
- {at: 7s, for: 0s, fault: rolling, targets: all}
`

// run drives the store for some seconds and judges what happened.
func run(t *testing.T, system cluster.System, runtime cluster.Runtime, test harness.Test, dir harness.Dir) harness.Result {
	steps, err := nemesis.ReadSchedule(strings.NewReader(schedule), faults)
	require.NoError(t, err)
	for _, step := range steps {
		require.NoError(t, runtime.Offers(system).Lacks(step.Fault.Needs()...))
	}
	parts := harness.Parts{Runtime: runtime, System: system, Workload: workload, Schedule: steps}
	require.NoError(t, harness.Run(t.Context(), test, parts, dir))
	result, err := harness.Judge(t.Context(), dir, workload, properties, checker.Limits{})
	require.NoError(t, err)
	return result
}

func TestAStoreWithoutALeaderIsRunUnderFaultsAndFoundValid(t *testing.T) {
	system := Quorum{Binary: built(t, "senkei/docs/extending/quorum")}
	test := harness.Test{
		Name: "quorum", System: system.Name(), Workload: workload.Name, Nemesis: []string{"kill", "pause", "partition", "rolling"},
		Nodes: []history.NodeID{"n1", "n2", "n3"}, Clients: 6, Keys: 1, OpsPerKey: 300,
		Time: harness.Duration(9 * time.Second), OpTimeout: harness.Duration(time.Second), Seed: 1, Started: time.Now(),
	}
	check := func(t *testing.T, name string, runtime func(harness.Dir) cluster.Runtime) {
		test := test
		test.Runtime = name
		dir, err := harness.NewDir(t.TempDir(), test.Name, test.Started)
		require.NoError(t, err)
		result := run(t, system, runtime(dir), test, dir)
		require.Equal(t, "valid", result.Verdict, result.Reason)
		require.Greater(t, result.Counts.OK, 200)
		require.Equal(t, 1, result.Faults["rolling"])
		require.Zero(t, result.Leaders)
		require.Contains(t, result.Checks.Summary, "every answer came in time", "the property of this package was judged")
	}
	t.Run("local", func(t *testing.T) {
		t.Parallel()
		check(t, "local", func(dir harness.Dir) cluster.Runtime {
			return local.New(local.Options{Dir: string(dir), Run: "extending", OpTimeout: time.Second})
		})
	})
	t.Run("docker", func(t *testing.T) {
		t.Parallel()
		if err := docker.Available(context.Background()); err != nil {
			t.Skipf("the Docker daemon does not answer: %v", err)
		}
		agent := built(t, "senkei/cmd/senkei-agent")
		check(t, "docker", func(harness.Dir) cluster.Runtime {
			return docker.New(docker.Options{Run: "extending", AgentBinary: agent, OpTimeout: time.Second})
		})
	})
}

// killer is a cluster that notes who is killed and restarted.
type killer struct {
	cluster.Cluster
	calls []string
}

func (k *killer) Kill(_ context.Context, n ...history.NodeID) error {
	k.calls = append(k.calls, fmt.Sprint("kill ", n))
	return nil
}

func (k *killer) Restart(_ context.Context, n ...history.NodeID) error {
	k.calls = append(k.calls, fmt.Sprint("restart ", n))
	return nil
}

var three = []history.NodeID{"n1", "n2", "n3"}

func TestAKindFromAnotherPackageIsReadWrittenPlannedAndInjectedLikeAnyOther(t *testing.T) {
	const text = "- {at: 3s, for: 0s, fault: rolling, targets: [n1, n3], expect: [recovery], within: 2s}\n"
	s, err := nemesis.ReadSchedule(strings.NewReader(text), faults)
	require.NoError(t, err)
	var written bytes.Buffer
	require.NoError(t, nemesis.WriteSchedule(&written, s))
	require.Equal(t, text, written.String())

	rng := rand.New(rand.NewPCG(1, 1))
	bound, err := s[0].Fault.Bind(nemesis.View{Nodes: three, Rand: rng})
	require.NoError(t, err)
	on := &killer{}
	require.NoError(t, bound.Inject(t.Context(), on))
	require.Equal(t, []string{"kill [n1]", "restart [n1]", "kill [n3]", "restart [n3]"}, on.calls)

	plan, err := nemesis.Plan(rng, nemesis.Profile{Nodes: three, Kinds: nemesis.Table{rolling}, Duration: time.Minute})
	require.NoError(t, err)
	require.NotEmpty(t, plan)
	for _, step := range plan {
		require.IsType(t, Rolling{}, step.Fault)
		require.Zero(t, step.For, "it is over at once")
	}
	_, err = nemesis.ReadSchedule(strings.NewReader(text), nemesis.Kinds())
	require.ErrorContains(t, err, `fault "rolling" is none of kill, pause`)
}

func TestAModelFromAnotherPackageJudgesHistories(t *testing.T) {
	const begun = `{"process":0,"type":"invoke","f":"write","value":5}
{"process":0,"type":"ok","f":"write","value":5}
{"process":0,"type":"invoke","f":"write","value":3}
{"process":0,"type":"ok","f":"write","value":3}
{"process":1,"type":"invoke","f":"read"}
`
	for answer, want := range map[string]checker.Status{"5": checker.Valid, "3": checker.Invalid} {
		h, err := history.Decode(strings.NewReader(begun + `{"process":1,"type":"ok","f":"read","value":` + answer + "}\n"))
		require.NoError(t, err)
		v := model.Check(t.Context(), h, checker.Limits{})
		require.Equal(t, want, v.Status, v.Reason)
		if want == checker.Invalid {
			require.Contains(t, v.Reason, "read = 3")
		}
	}
}

func TestAFormatFromAnotherPackageIsKnownByItsBeginningAndWrittenAgain(t *testing.T) {
	const text = "process,type,f,key,value\n0,invoke,write,x,1\n0,ok,write,x,1\n1,invoke,read,x,null\n1,ok,read,x,1\n"
	h, err := files.Read(strings.NewReader(text), formats.Options{})
	require.NoError(t, err)
	require.Len(t, h.Ops, 2)
	csv, err := files.Find("csv")
	require.NoError(t, err)
	var written bytes.Buffer
	require.NoError(t, csv.Encode(&written, h))
	require.Equal(t, text, written.String())

	_, err = files.Read(strings.NewReader(text+"1,done,read,x,1\n"), formats.Options{})
	var wrong *history.LineError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, 6, wrong.Line)
}

func TestThePageShowsWhatTheExamplesHold(t *testing.T) {
	page, err := os.ReadFile("../extending.md")
	require.NoError(t, err)
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var code []byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		code = append(code, text...)
	}
	blocks := strings.Split(string(page), "```go\n")[1:]
	require.Len(t, blocks, 6, "one of each kind")
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		require.True(t, strings.Contains(string(code), block), "no example holds:\n%s", block)
	}
}
