package campaign

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"senkei/harness/cluster"
	"senkei/harness/cluster/sim"
	"senkei/history"
	"senkei/nemesis"
	"senkei/workloads"
)

// Profile is a family of plans.
type Profile struct {
	Name    string
	Summary string // one line for `senkei sim --help`
	kinds   []string
	draw    func(rng *rand.Rand, p *draft)
}

// draft is a plan in the making.
type draft struct {
	Plan
	kinds    []string // of faults
	count    int      // operations, about
	keys     int
	perKey   int
	interval time.Duration // mean time between faults; 0 leaves it to nemesis
	hold     time.Duration
}

// Profiles lists all there are; the first is the default.
func Profiles() []Profile {
	return []Profile{
		{Name: "swarm", Summary: "everything is drawn anew for each seed: sizes, times, the network, the disks, which faults", draw: swarm},
		{Name: "standard", Summary: "five nodes, eight clients, thirty seconds, about 500 operations and 10 faults", kinds: []string{"kill", "power", "pause", "partition"}},
		{Name: "kill", Summary: "the standard with kills and partitions: what was written survives", kinds: []string{"kill", "partition"}},
		{Name: "power", Summary: "the standard with power cuts and partitions: what was not synced may be lost", kinds: []string{"power", "partition"}},
		{Name: "partition", Summary: "the standard with partitions alone", kinds: []string{"partition"}},
		{Name: "member", Summary: "nodes leave, return and are replaced, the leadership is handed over", kinds: []string{"member", "transfer", "replace", "kill", "partition"}, draw: small},
		{Name: "disk", Summary: "disks are slow, stall, fail, fill up and rot", kinds: []string{"disk", "power", "replace", "partition"}, draw: small},
		{Name: "clock", Summary: "clocks jump and run at wrong speeds, links are slow", kinds: []string{"clock", "traffic", "pause", "partition"}},
		{Name: "calm", Summary: "no faults", draw: func(*rand.Rand, *draft) {}},
	}
}

// FindProfile returns the profile with this name. The error names those there are.
func FindProfile(name string) (Profile, error) {
	var names []string
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Profile{}, fmt.Errorf("there is no profile %q: choose one of %s", name, strings.Join(names, ", "))
}

// MakePlan draws a plan. It is a function of the seed, the profile and the workload.
func MakePlan(seed uint64, profile Profile, w workloads.Workload) (Plan, error) {
	rng := rand.New(rand.NewPCG(seed, 4))
	d := standard(seed, profile, w)
	if profile.draw != nil {
		profile.draw(rng, &d)
	}
	d.Order = slices.Clone(d.Nodes)
	rng.Shuffle(len(d.Order), func(i, j int) { d.Order[i], d.Order[j] = d.Order[j], d.Order[i] })
	options := workloads.Options{Clients: d.Clients, Nodes: len(d.Nodes), Keys: d.keys, OpsPerKey: d.perKey}
	if err := options.Validate(); err != nil {
		return Plan{}, fmt.Errorf("plan of seed %d: %w", seed, err)
	}
	d.Operations, d.Final = drawOperations(rng, w, options, d.Nodes, d.Safety, d.count)
	if len(d.kinds) > 0 {
		kinds, err := nemesis.Kinds().Choose(d.kinds...)
		if err != nil {
			return Plan{}, fmt.Errorf("plan of seed %d: %w", seed, err)
		}
		faults, err := nemesis.Plan(rng, nemesis.Profile{
			Nodes: d.Nodes, Kinds: kinds, Duration: d.Safety, Interval: d.interval, Hold: d.hold,
		})
		if err != nil {
			return Plan{}, fmt.Errorf("plan of seed %d: %w", seed, err)
		}
		d.Faults = Faults(faults)
	}
	return d.Plan, nil
}

// livenessTime is how long a healed majority has at most. It must make up for clocks that
// were set back, too.
const livenessTime = time.Minute

// standard is what a profile begins with.
func standard(seed uint64, profile Profile, w workloads.Workload) draft {
	d := draft{
		Plan: Plan{
			Version: planVersion, Seed: seed, Profile: profile.Name, Workload: w.Name,
			Clients: 8, Safety: 30 * time.Second, Liveness: livenessTime,
			Settings: usual(),
		},
		kinds: profile.kinds, count: 500, keys: 3, perKey: 100, interval: 1200 * time.Millisecond, hold: 1500 * time.Millisecond,
	}
	d.name(5)
	return d
}

// usual are the settings of a small cluster on a network that is a little unreliable.
func usual() Settings {
	return Settings{
		ElectionTimeout: 500 * time.Millisecond, HeartbeatInterval: 100 * time.Millisecond,
		SnapshotMargin: 50, RequestTimeout: time.Second, Tick: 50 * time.Millisecond, WorkMax: time.Millisecond,
		Network: sim.Network{
			DelayMin: time.Millisecond, DelayMax: 5 * time.Millisecond, Jitter: 2 * time.Millisecond,
			Loss: 50, Duplicate: 50, Reorder: 100, ReorderBy: 50 * time.Millisecond,
		},
		Disk: sim.Disk{SyncMin: time.Millisecond, SyncMax: 5 * time.Millisecond},
		Client: sim.Clients{
			OpTimeout: 2 * time.Second, DelayMin: 100 * time.Microsecond, DelayMax: 2 * time.Millisecond,
		},
	}
}

// name gives the plan its nodes.
func (d *draft) name(nodes int) {
	d.Nodes = nil
	for i := range nodes {
		d.Nodes = append(d.Nodes, history.NodeID(fmt.Sprintf("n%d", i+1)))
	}
}

// small keeps logs short, so that snapshots are sent all the time.
func small(rng *rand.Rand, d *draft) {
	s := &d.Settings
	s.SnapshotMargin = pick(rng, uint64(1), 5, 20)
	s.ChunkBytes = 100
	s.Client.Sessions, s.Client.RetryAfter = true, 300*time.Millisecond
	s.Client.Loss = 100
}

// swarm draws everything (Groce et al., "Swarm testing", 2012): what never varies hides what
// only shows without it.
func swarm(rng *rand.Rand, d *draft) {
	s := &d.Settings
	d.name(pick(rng, 3, 3, 3, 5, 5, 5, 4, 7, 2, 1))
	d.Clients = 1 + rng.IntN(10)
	d.keys = 1 + rng.IntN(min(3, d.Clients))
	d.perKey = pick(rng, 20, 60, 150)
	d.count = pick(rng, 100, 250, 500)
	d.Safety = time.Duration(3+rng.IntN(20)) * time.Second
	drawTimes(rng, s)
	s.SnapshotMargin = pick(rng, uint64(1), 3, 10, 50, 10_000)
	s.ChunkBytes = pick(rng, 0, 50, 300)
	for range d.Nodes {
		s.Rates = append(s.Rates, 1_000_000+rng.IntN(2*drift)-drift)
	}
	if rng.IntN(3) == 0 {
		s.Lease, s.Client.LeaseReads = s.ElectionTimeout*leasePercent/100, true
	}
	drawNetwork(rng, s)
	if rng.IntN(2) == 0 {
		s.Client.Sessions, s.Client.RetryAfter = true, pick[time.Duration](rng, 0, 200, 500, 900)*time.Millisecond
		s.Client.SkipNumbers = rng.IntN(4) == 0
	}
	d.kinds = drawKinds(rng, len(d.Nodes), s.Lease > 0)
	d.interval = min(d.Safety, pick[time.Duration](rng, 300, 1000, 2500)*time.Millisecond)
	d.hold = min(d.Safety, pick[time.Duration](rng, 200, 700, 2000)*time.Millisecond)
}

const (
	// drift is how far a clock's speed is from the true one at most, in parts per million.
	drift = 50_000
	// leasePercent of an election timeout is how long a lease lasts: less than the slowest
	// clock's speed divided by the fastest's, 95 by 105, allows.
	leasePercent = 85
)

func drawTimes(rng *rand.Rand, s *Settings) {
	s.ElectionTimeout = pick[time.Duration](rng, 150, 300, 600, 1000) * time.Millisecond
	s.HeartbeatInterval = s.ElectionTimeout / pick(rng, time.Duration(3), 5, 8)
	s.Tick = s.HeartbeatInterval / pick(rng, time.Duration(2), 4)
	s.RequestTimeout = pick[time.Duration](rng, 500, 1000, 3000) * time.Millisecond
	s.Client.OpTimeout = pick[time.Duration](rng, 800, 2000, 4000) * time.Millisecond
	s.WorkMax = pick[time.Duration](rng, 0, 1, 10) * time.Millisecond
}

func drawNetwork(rng *rand.Rand, s *Settings) {
	n := &s.Network
	n.DelayMin = pick(rng, 100*time.Microsecond, time.Millisecond, 10*time.Millisecond)
	n.DelayMax = n.DelayMin * pick(rng, time.Duration(1), 2, 5)
	n.Jitter = pick(rng, 0, n.DelayMin, 3*n.DelayMin)
	n.Loss = pick(rng, 0, 0, 100, 1000)
	n.Duplicate = pick(rng, 0, 0, 100, 1000)
	n.Reorder = pick(rng, 0, 0, 300, 2000)
	n.ReorderBy = s.ElectionTimeout * pick(rng, time.Duration(1), 4, 12) / 4
	s.Disk.SyncMin = pick(rng, 100*time.Microsecond, time.Millisecond)
	s.Disk.SyncMax = s.Disk.SyncMin * pick(rng, time.Duration(1), 5, 50)
	s.Client.Loss = pick(rng, 0, 0, 200, 1000)
}

// drawKinds chooses some kinds of fault. Clocks that jump break what leases rest on, so they
// never come together.
func drawKinds(rng *rand.Rand, nodes int, leases bool) []string {
	var chosen []string
	for _, kind := range nemesis.Kinds() {
		few := kind.Takes(nodes) != nil || kind.LosesDisks && nodes < 3
		if few || leases && slices.Contains(kind.Needs(), cluster.CanSetClocks) || rng.IntN(2) == 0 {
			continue
		}
		chosen = append(chosen, kind.Name())
	}
	return chosen
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }
