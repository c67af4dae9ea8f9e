package nemesis

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/history"
)

var (
	allKinds     = Kinds()
	defaultKinds = allKinds[:3]
)

func kinds(names ...string) Table {
	chosen, err := Kinds().Choose(names...)
	if err != nil {
		panic(err)
	}
	return chosen
}

func plan(t require.TestingT, seed uint64, p Profile) Schedule {
	s, err := Plan(rand.New(rand.NewPCG(seed, 7)), p)
	require.NoError(t, err)
	return s
}

var anyProfile = rapid.Custom(func(t *rapid.T) Profile {
	kinds, least := Table(rapid.SliceOfNDistinct(rapid.SampledFrom(allKinds), 1, len(allKinds), Kind.Name).Draw(t, "kinds")), 1
	for _, k := range kinds {
		least = max(least, k.NodesMin)
	}
	p := Profile{
		Nodes:    nodes(rapid.IntRange(least, 9).Draw(t, "nodes")),
		Kinds:    kinds,
		Duration: time.Duration(rapid.Int64Range(int64(time.Second), int64(3*time.Minute)).Draw(t, "duration")),
	}
	if rapid.Bool().Draw(t, "own times") {
		times := rapid.Int64Range(int64(meanTimeLow), int64(p.Duration))
		p.Interval, p.Hold = time.Duration(times.Draw(t, "interval")), time.Duration(times.Draw(t, "hold"))
	}
	return p
})

func TestAPlanKeepsWithinItsProfileAndBringsEveryKind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProfile.Draw(t, "profile")
		s := plan(t, rapid.Uint64().Draw(t, "seed"), p)
		require.Equal(t, s, s.Sorted())
		seen := map[string]bool{}
		for _, step := range s {
			require.GreaterOrEqual(t, step.At, min(2*time.Second, p.Duration/10)-planRounding, "warm-up")
			require.Equal(t, !step.Fault.Damage().Momentary, step.For > 0)
			require.LessOrEqual(t, step.At+step.For, p.Duration)
			seen[step.Fault.Kind()] = true
		}
		require.ElementsMatch(t, p.Kinds.Names(), slices.Collect(maps.Keys(seen)))
	})
}

func TestAPlanNeverContradictsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProfile.Draw(t, "profile")
		leader := rapid.SampledFrom(p.Nodes).Draw(t, "leader")
		requireConsistent(t, p, plan(t, rapid.Uint64().Draw(t, "seed"), p), leader)
	})
}

func TestACrowdedPlanNeverContradictsItself(t *testing.T) {
	p := Profile{Nodes: nodes(5), Kinds: allKinds, Duration: 5 * time.Minute, Interval: meanTimeLow, Hold: 5 * time.Second}
	for seed := range uint64(20) {
		requireConsistent(t, p, plan(t, seed, p), "n1")
	}
}

// requireConsistent holds a plan to this: whoever leads, a step finds nodes that run and
// links that are whole, unless it hits the leader itself.
func requireConsistent(t require.TestingT, p Profile, s Schedule, leader history.NodeID) {
	var force Schedule
	for _, step := range s {
		v := View{Nodes: p.Nodes, Leader: leader, Rand: rand.New(rand.NewPCG(1, 1))}
		force = slices.DeleteFunc(force, func(f Step) bool { return f.end() <= step.At })
		for _, f := range force {
			require.NotEqual(t, f.Fault.Kind(), step.Fault.Kind())
			v.Held = append(v.Held, f.Fault.Damage())
		}
		bound, err := step.Fault.Bind(v)
		if hitsLeader(step.Fault) && err != nil {
			continue
		}
		require.NoError(t, err)
		if !hitsLeader(step.Fault) {
			require.Equal(t, step.Fault, bound, "names are drawn when the plan is made")
		}
		force = append(force, Step{At: step.At, For: step.For, Fault: bound})
	}
}

// hitsLeader reports whether the fault cannot be bound without a leader.
func hitsLeader(f Fault) bool {
	v := view(9, 1)
	v.Leader = ""
	_, err := f.Bind(v)
	return errors.Is(err, ErrNoLeader)
}

// bound returns the fault bound to nodes of a whole cluster.
func bound(f Fault) Fault {
	b, err := f.Bind(view(9, 1))
	if err != nil {
		panic(err)
	}
	return b
}

func TestTheSameSeedPlansTheSame(t *testing.T) {
	p := Profile{Nodes: nodes(5), Kinds: allKinds, Duration: time.Minute}
	require.Equal(t, plan(t, 1, p), plan(t, 1, p))
	require.NotEqual(t, plan(t, 1, p), plan(t, 2, p))
}

func TestAPlanCanBeWrittenReadAndBoundAgain(t *testing.T) {
	p := Profile{Nodes: nodes(5), Kinds: allKinds, Duration: time.Minute}
	for seed := range uint64(20) {
		s := plan(t, seed, p)
		require.Equal(t, written(t, s), written(t, reread(t, s)))
		for i, step := range reread(t, s) {
			again, err := step.Fault.Bind(view(5, 1))
			require.NoError(t, err)
			if !hitsLeader(s[i].Fault) {
				require.Equal(t, s[i].Fault, again)
			}
		}
	}
}

func TestAMinuteHasSeveralFaultsOfEachKindAndShape(t *testing.T) {
	p := Profile{Nodes: nodes(5), Kinds: defaultKinds, Duration: time.Minute}
	var steps, leaders, processes, broad, overlaps int
	for seed := range uint64(200) {
		s := plan(t, seed, p)
		kinds, shapes := map[string]int{}, map[Shape]int{}
		for i, step := range s {
			steps++
			kinds[step.Fault.Kind()]++
			if hitsLeader(step.Fault) {
				leaders++
			}
			if i > 0 && s[i-1].end() > step.At {
				overlaps++
			}
			if f, ok := step.Fault.(Partition); ok {
				shapes[f.Shape]++
				continue
			}
			processes++
			if len(step.Fault.Damage().Nodes) > 2 {
				broad++
			}
		}
		for _, kind := range defaultKinds.Names() {
			require.GreaterOrEqual(t, kinds[kind], 3, "seed %d", seed)
		}
		require.GreaterOrEqual(t, len(shapes), 3, "seed %d", seed)
	}
	require.InDelta(t, 1.0/3, share(leaders, steps), 0.05, "hit the leader")
	require.InDelta(t, 0.1, share(broad, processes), 0.04, "stop or freeze a majority")
	require.InDelta(t, 0.15, share(overlaps, steps), 0.08, "begin while another is in force")
}

func share(part, whole int) float64 { return float64(part) / float64(whole) }

func TestAProfileThatCannotBePlannedIsRefusedWithAReason(t *testing.T) {
	good := Profile{Nodes: nodes(3), Kinds: allKinds, Duration: time.Minute}
	for reason, spoil := range map[string]func(*Profile){
		"there are no nodes to hit":                                        func(p *Profile) { p.Nodes = nil },
		"n1 is named twice":                                                func(p *Profile) { p.Nodes = []history.NodeID{"n1", "n2", "n1"} },
		"there are no kinds of fault to choose from":                       func(p *Profile) { p.Kinds = nil },
		`fault "kill" is named twice`:                                      func(p *Profile) { p.Kinds = kinds("kill", "kill") },
		"a single node cannot be partitioned":                              func(p *Profile) { p.Nodes = nodes(1) },
		"a single node cannot be removed from its cluster":                 func(p *Profile) { p.Nodes, p.Kinds = nodes(1), kinds("member") },
		"a single node has nobody to hand its leadership to":               func(p *Profile) { p.Nodes, p.Kinds = nodes(1), kinds("transfer") },
		"fewer than 3 nodes cannot spare the disk of one":                  func(p *Profile) { p.Nodes, p.Kinds = nodes(2), kinds("replace") },
		"a single node has no links":                                       func(p *Profile) { p.Nodes, p.Kinds = nodes(1), kinds("traffic") },
		"a duration of 999ms is not between 1s and 24h0m0s":                func(p *Profile) { p.Duration = 999 * time.Millisecond },
		"an interval of 1ms is not between 100ms and the duration of 1m0s": func(p *Profile) { p.Interval = time.Millisecond },
		"a hold of 2m0s is not between 100ms and the duration of 1m0s":     func(p *Profile) { p.Hold = 2 * time.Minute },
		"more than 10000 would fit into 24h0m0s: lengthen the interval":    func(p *Profile) { p.Duration, p.Interval = 24*time.Hour, DefaultInterval },
	} {
		p := good
		spoil(&p)
		_, err := Plan(rand.New(rand.NewPCG(1, 7)), p)
		require.ErrorContains(t, err, "plan faults: "+reason)
	}
}

func TestTheKindsOfSimulatedNodesComeInAllTheirForms(t *testing.T) {
	p := Profile{Nodes: nodes(5), Kinds: kinds("clock", "disk", "traffic"), Duration: time.Minute}
	forms := map[string]bool{}
	for seed := range uint64(50) {
		for _, step := range plan(t, seed, p) {
			switch f := step.Fault.(type) {
			case Clock:
				forms["ahead"] = forms["ahead"] || f.Jump > 0
				forms["back"] = forms["back"] || f.Jump < 0
				forms["fast"] = forms["fast"] || f.Rate > 100
				forms["slow"] = forms["slow"] || 0 < f.Rate && f.Rate < 100
			case Disk:
				forms[string(f.Trouble)] = true
			case Traffic:
				for _, part := range f.parts() {
					forms[part.name] = forms[part.name] || part.time > 0 || part.percent > 0
				}
				forms["everywhere"] = forms["everywhere"] || len(f.Targets.Names) == 5
				forms["leader"] = forms["leader"] || f.Targets.Spec == Leader
			}
			require.NoError(t, step.Fault.Check())
		}
	}
	for form, seen := range forms {
		require.True(t, seen, form)
	}
	require.Len(t, forms, 4+len(troubles)-1+len(Traffic{}.parts())+2, "slow are clocks and disks")
}

func TestFaultsBeginBesideThoseThatOnlyDisturb(t *testing.T) {
	p := Profile{Nodes: nodes(5), Kinds: kinds("kill", "clock", "disk", "traffic"), Duration: time.Minute}
	beside := map[string]int{}
	for seed := range uint64(100) {
		s := plan(t, seed, p)
		for i, step := range s[1:] {
			if before := s[i]; before.end() > step.At {
				beside[before.Fault.Kind()]++
			}
		}
	}
	for _, kind := range p.Kinds.Names() {
		require.Greater(t, beside[kind], 10, kind)
	}
}

func TestADayCanBePlanned(t *testing.T) {
	for seed := range uint64(5) {
		s := plan(t, seed, Profile{Nodes: nodes(5), Kinds: allKinds, Duration: 24 * time.Hour})
		require.Greater(t, s[len(s)-1].At, 23*time.Hour)
	}
}

func TestOneNodeCanBeHitByWhatNeedsNoOther(t *testing.T) {
	s := plan(t, 1, Profile{Nodes: nodes(1), Kinds: kinds("kill", "pause", "power", "clock", "disk"), Duration: time.Minute})
	require.NotEmpty(t, s)
}

// reread passes the schedule through its file.
func reread(t *testing.T, s Schedule) Schedule {
	back, err := ReadSchedule(strings.NewReader(written(t, s)), Kinds())
	require.NoError(t, err)
	return back
}
