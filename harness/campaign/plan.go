package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"senkei/harness/cluster/sim"
	"senkei/history"
	"senkei/nemesis"
	"senkei/node/limits"
	"senkei/node/replica"
)

// planVersion is raised by whoever changes what a plan means.
const planVersion = 1

// Plan is everything that a simulated run depends on, beside the code. Times are
// nanoseconds since the run began, as time.Duration has them, and absolute, so that leaving
// one thing out leaves the others where they are.
type Plan struct {
	Version  int    `json:"version"`
	Seed     uint64 `json:"seed"` // of everything that happens by chance while the plan is carried out
	Profile  string `json:"profile"`
	Workload string `json:"workload"`

	Nodes    []history.NodeID `json:"nodes"`
	Clients  int              `json:"clients"` // slot i speaks to node i mod len(Nodes)
	Settings Settings         `json:"settings"`

	Operations []Operation `json:"operations"` // by At
	Faults     Faults      `json:"faults"`
	// Safety is how long operations are begun and faults injected. Then a majority is healed
	// for good, and within Liveness it must agree and answer.
	Safety   time.Duration `json:"safety"`
	Liveness time.Duration `json:"liveness"`
	// Order is in which order nodes are taken into that majority.
	Order []history.NodeID `json:"order"`
	// Final are the operations with which it must answer.
	Final []history.Input `json:"final"`
}

// Settings are what the cluster is like.
type Settings struct {
	ElectionTimeout   time.Duration `json:"election_timeout"`
	HeartbeatInterval time.Duration `json:"heartbeat_interval"`
	Lease             time.Duration `json:"lease"`
	SnapshotMargin    uint64        `json:"snapshot_margin"`
	ChunkBytes        int           `json:"chunk_bytes"` // 0 is what real nodes have
	RequestTimeout    time.Duration `json:"request_timeout"`
	Tick              time.Duration `json:"tick"`
	WorkMax           time.Duration `json:"work_max"`
	Rates             []int         `json:"rates"` // of the nodes' clocks, in parts per million
	Network           sim.Network   `json:"network"`
	Disk              sim.Disk      `json:"disk"`
	Client            sim.Clients   `json:"client"`
}

// Operation is what a client does at a time, or as soon after it as its operation before has
// ended.
type Operation struct {
	At     time.Duration `json:"at"`
	Client int           `json:"client"`
	history.Input
}

// Faults are a schedule; in JSON each step is a text as a line of a schedule file.
type Faults nemesis.Schedule

// MarshalJSON writes a list of texts such as "{at: 3s, for: 2s, fault: kill, targets: [n1]}".
func (f Faults) MarshalJSON() ([]byte, error) {
	steps := []string{}
	for _, step := range f {
		var line bytes.Buffer
		if err := nemesis.WriteSchedule(&line, nemesis.Schedule{step}); err != nil {
			return nil, err
		}
		steps = append(steps, strings.TrimPrefix(strings.TrimSpace(line.String()), "- "))
	}
	return json.Marshal(steps)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Faults) UnmarshalJSON(text []byte) error {
	var steps []string
	if err := json.Unmarshal(text, &steps); err != nil {
		return err
	}
	schedule := "- " + strings.Join(steps, "\n- ")
	if len(steps) == 0 {
		schedule = "[]"
	}
	s, err := nemesis.ReadSchedule(strings.NewReader(schedule), nemesis.Kinds())
	*f = Faults(s)
	return err
}

// Bounds of what a plan may hold.
const (
	planBytesMax  = 16 << 20
	nodesMax      = 15
	clientsMax    = 1000
	operationsMax = 100_000
	timeMax       = time.Hour
)

// Validate says which part of the plan makes no sense.
func (p Plan) Validate() error {
	s := p.Settings
	durations := []time.Duration{
		s.WorkMax, s.Network.DelayMin, s.Network.Jitter, s.Network.ReorderBy, s.Disk.SyncMin,
		s.Client.DelayMin, s.Client.RetryAfter, s.Lease, p.Safety, p.Liveness,
	}
	outside := func(d time.Duration) bool { return d < 0 || d > timeMax }
	switch {
	case p.Version != planVersion:
		return fmt.Errorf("version %d; this Senkei knows version %d", p.Version, planVersion)
	case len(p.Nodes) < 1 || len(p.Nodes) > nodesMax:
		return fmt.Errorf("%d nodes, not 1 to %d", len(p.Nodes), nodesMax)
	case p.Clients < 1 || p.Clients > clientsMax:
		return fmt.Errorf("%d clients, not 1 to %d", p.Clients, clientsMax)
	case len(p.Operations) > operationsMax || len(p.Final) > operationsMax:
		return fmt.Errorf("more than %d operations", operationsMax)
	case slices.ContainsFunc(durations, outside):
		return fmt.Errorf("a duration is negative or longer than %v", timeMax)
	case s.Network.DelayMax < s.Network.DelayMin || s.Disk.SyncMax < s.Disk.SyncMin || s.Client.DelayMax < s.Client.DelayMin:
		return fmt.Errorf("a largest duration is below its smallest")
	case s.Tick < time.Microsecond || s.RequestTimeout <= 0 || s.Client.OpTimeout <= 0:
		return fmt.Errorf("the tick and the timeouts must be positive")
	case s.ChunkBytes < 0 || s.ChunkBytes > limits.ChunkBytesMax:
		return fmt.Errorf("chunks of %d bytes, not 0 to %d", s.ChunkBytes, limits.ChunkBytesMax)
	case len(p.Order) != len(p.Nodes):
		return fmt.Errorf("the order names %d of %d nodes", len(p.Order), len(p.Nodes))
	}
	for i, n := range p.Nodes {
		if n == "" || len(n) > limits.IDBytesMax-1 || slices.Contains(p.Nodes[:i], n) || !slices.Contains(p.Order, n) {
			return fmt.Errorf("node %q is named twice, badly, or not in the order", n)
		}
	}
	for _, r := range s.Rates {
		if r < 1000 || r > 1_000_000_000 {
			return fmt.Errorf("a clock of %d parts per million, not 1,000 to 1,000,000,000", r)
		}
	}
	for i, op := range p.Operations {
		if op.Client < 0 || op.Client >= p.Clients || outside(op.At) {
			return fmt.Errorf("operation %d is of client %d at %v", i, op.Client, op.At)
		}
	}
	return nil
}

// options are what the simulated cluster is made from.
func (p Plan) options() sim.Options {
	s := p.Settings
	return sim.Options{
		Seed: p.Seed, Nodes: p.Nodes, Tick: s.Tick, WorkMax: s.WorkMax, Network: s.Network, Disk: s.Disk,
		Clients: s.Client, Rates: s.Rates,
		Replica: replica.Config{
			ElectionTimeout: s.ElectionTimeout, HeartbeatInterval: s.HeartbeatInterval, Lease: s.Lease,
			SnapshotMargin: s.SnapshotMargin, ChunkBytes: s.ChunkBytes, RequestTimeout: s.RequestTimeout,
		},
	}
}
