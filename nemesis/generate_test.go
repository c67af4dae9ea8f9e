package nemesis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"pgregory.net/rapid"

	"senkei/harness/cluster"
	"senkei/history"
)

func nodes(n int) []history.NodeID {
	var all []history.NodeID
	for i := range n {
		all = append(all, history.NodeID(fmt.Sprintf("n%d", i+1)))
	}
	return all
}

func view(n int, seed uint64) View {
	return View{Nodes: nodes(n), Leader: "n2", Rand: rand.New(rand.NewPCG(seed, 0))}
}

// recorded is a cluster that can do everything and notes what it is asked.
type recorded struct {
	cluster.Cluster
	calls []string
	err   error
}

func (r *recorded) note(what string, on any) error {
	r.calls = append(r.calls, fmt.Sprint(what, " ", on))
	return r.err
}

func (r *recorded) Kill(_ context.Context, n ...history.NodeID) error    { return r.note("kill", n) }
func (r *recorded) Restart(_ context.Context, n ...history.NodeID) error { return r.note("restart", n) }
func (r *recorded) Remove(_ context.Context, n ...history.NodeID) error  { return r.note("remove", n) }
func (r *recorded) Add(_ context.Context, n ...history.NodeID) error     { return r.note("add", n) }
func (r *recorded) Transfer(_ context.Context, to history.NodeID) error {
	return r.note("transfer", to)
}
func (r *recorded) Pause(_ context.Context, n ...history.NodeID) error  { return r.note("pause", n) }
func (r *recorded) Resume(_ context.Context, n ...history.NodeID) error { return r.note("resume", n) }
func (r *recorded) Cut(_ context.Context, l []cluster.Link) error       { return r.note("cut", l) }
func (r *recorded) Mend(_ context.Context, l []cluster.Link) error      { return r.note("mend", l) }

// bare is a cluster without capabilities.
type bare struct{ cluster.Cluster }

var (
	anyName  = rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,5}`)
	anyNames = rapid.Custom(func(t *rapid.T) []history.NodeID {
		var names []history.NodeID
		for _, n := range rapid.SliceOfNDistinct(anyName, 1, 5, rapid.ID[string]).Draw(t, "names") {
			names = append(names, history.NodeID(n))
		}
		return names
	})
	anyTargets = rapid.Custom(func(t *rapid.T) Targets {
		if rapid.Bool().Draw(t, "open") {
			return Targets{Spec: rapid.SampledFrom([]Spec{One, Minority, Majority, Leader}).Draw(t, "spec")}
		}
		return Targets{Names: anyNames.Draw(t, "targets")}
	})
	anyPartition = rapid.Custom(func(t *rapid.T) Partition {
		f := Partition{Shape: rapid.SampledFrom([]Shape{Halves, Isolate, OneWay, Ring}).Draw(t, "shape")}
		open := rapid.Bool().Draw(t, "open")
		switch f.Shape {
		case Isolate:
			f.Targets = anyTargets.Draw(t, "targets")
		case OneWay:
			f.Targets = anyTargets.Draw(t, "targets")
			f.Direction = rapid.SampledFrom([]Direction{Out, In}).Draw(t, "direction")
		case Halves:
			if names := anyNames.Draw(t, "groups"); len(names) >= 2 && !open {
				cut := rapid.IntRange(1, len(names)-1).Draw(t, "cut")
				f.Groups = [][]history.NodeID{names[:cut], names[cut:]}
			}
		case Ring:
			if names := anyNames.Draw(t, "ends"); len(names) >= 2 && !open {
				f.Links = between(names[:1], names[1:])
			}
		}
		return f
	})
	anyFault = rapid.Custom(func(t *rapid.T) Fault {
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return Kill{anyTargets.Draw(t, "kill")}
		case 1:
			return Pause{anyTargets.Draw(t, "pause")}
		case 2:
			some := func(targets Targets) bool { return targets.Spec != Majority }
			return Member{anyTargets.Filter(some).Draw(t, "member")}
		case 3:
			if rapid.Bool().Draw(t, "open") {
				return Transfer{}
			}
			return Transfer{To: history.NodeID(anyName.Draw(t, "to"))}
		default:
			return anyPartition.Draw(t, "partition")
		}
	})
	anyTime     = rapid.Map(rapid.Int64Range(0, int64(timeMax)), func(n int64) time.Duration { return time.Duration(n) })
	anySchedule = rapid.Custom(func(t *rapid.T) Schedule {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Step {
			s := Step{At: anyTime.Draw(t, "at"), For: anyTime.Draw(t, "for")}
			if rapid.IntRange(0, 4).Draw(t, "calm") == 0 {
				s.Expect = []Expectation{Agree}
				return s
			}
			s.Fault = anyFault.Draw(t, "fault")
			if rapid.Bool().Draw(t, "expect") {
				s.Expect = rapid.SliceOfNDistinct(rapid.SampledFrom(expectations[1:]), 1, 3, rapid.ID[Expectation]).Draw(t, "expectations")
				if !slices.Equal(s.Expect, []Expectation{NoCommit}) {
					s.Within = anyTime.Draw(t, "within")
				}
			}
			return s
		}), 0, 6).Draw(t, "steps")
	})
)
