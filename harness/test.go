package harness

import (
	"time"

	"senkei/checker"
	"senkei/checker/consistency"
	"senkei/harness/expect"
	"senkei/harness/loop"
	"senkei/history"
	"senkei/workloads"
)

// Test says what a run was asked to do and how it ended: the content of test.json. With
// the history beside it, a verdict can be reached again at any time.
type Test struct {
	Name     string           `json:"name"`
	System   string           `json:"system"`
	Runtime  string           `json:"runtime"`
	Bug      string           `json:"bug,omitempty"` // put into the system on purpose
	Workload string           `json:"workload"`
	Nemesis  []string         `json:"nemesis"` // kinds of faults; each must have been in force
	Nodes    []history.NodeID `json:"nodes"`
	Clients  int              `json:"clients"`
	Keys     int              `json:"keys"`
	// OpsPerKey bounds the operations on one key.
	OpsPerKey int       `json:"ops_per_key"`
	Rate      float64   `json:"rate"` // operations a second; 0 is unbounded
	Time      Duration  `json:"time"` // of the main phase
	OpTimeout Duration  `json:"op_timeout"`
	Seed      uint64    `json:"seed"`
	Replay    string    `json:"replay"` // the command that does the same again
	Version   string    `json:"version"`
	Started   time.Time `json:"started"`
	// FailFast ends the run at the first violation that is noticed on the way, and keeps
	// the cluster as it is then.
	FailFast bool `json:"fail_fast,omitempty"`

	// NodeArgs are what each node was given beside what the runtime decides.
	NodeArgs []string `json:"node_args,omitempty"`
	// Expect is what the schedule expects to be observed.
	Expect []expect.Expectation `json:"expect,omitempty"`

	// Ended is zero until the run is over: what remains of a killed run says so.
	Ended time.Time `json:"ended,omitzero"`
	// Problems are what went wrong in the harness or with a node, beside the history. A
	// run with problems proves nothing.
	Problems []string `json:"problems,omitempty"`
	// Broken is what a simulation saw broken, whatever the history says; empty where nothing was.
	Broken string `json:"broken,omitempty"`
	// Kept says for each node that was left running, with the faults in force, where clients
	// reach it (host:port); empty where the cluster was removed.
	Kept map[history.NodeID]string `json:"kept,omitempty"`
	// Observed counts what the nodes were seen to do.
	Observed Observed `json:"observed"`
}

// Validate says which parameter makes no sense.
func (t Test) Validate() error { return t.options().Validate() }

func (t Test) options() workloads.Options {
	return workloads.Options{
		Clients: t.Clients, Nodes: len(t.Nodes), Keys: t.Keys, OpsPerKey: t.OpsPerKey, Rate: t.Rate,
	}
}

// Duration is a time.Duration that JSON shows as "1m0s".
type Duration time.Duration

// MarshalText writes the duration as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Result is the content of result.json.
type Result struct {
	Verdict string `json:"verdict"` // valid, invalid or unknown
	// ExitCode is what `senkei run` and `senkei check` exit with: 0 valid, 1 invalid,
	// 2 unknown.
	ExitCode int             `json:"exit_code"`
	Reason   string          `json:"reason,omitempty"`
	Counts   loop.Counts     `json:"operations"`
	Faults   map[string]int  `json:"faults"` // how often each kind was in force
	Leaders  int             `json:"leader_changes"`
	Observed Observed        `json:"observed"`
	Duration Duration        `json:"duration"` // from the first to the last event
	Replay   string          `json:"replay"`
	Report   string          `json:"-"`      // path of the page for people; empty where there is none
	Checks   checker.Verdict `json:"checks"` // the merged verdict with its parts
	// Expectations are the parts of the verdicts beside the one on the workload's property: what
	// the schedule expected, each with a Reason.
	Expectations []checker.Verdict `json:"expectations,omitempty"`
	// Consistency says what a history of registers that is not linearizable still satisfies;
	// nil for others.
	Consistency *consistency.Judgement `json:"consistency,omitempty"`
}
