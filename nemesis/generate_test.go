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

func (r *recorded) CutPower(_ context.Context, n ...history.NodeID) error {
	return r.note("cut power", n)
}
func (r *recorded) Replace(_ context.Context, n ...history.NodeID) error {
	return r.note("replace", n)
}
func (r *recorded) Jump(_ context.Context, by time.Duration, n ...history.NodeID) error {
	return r.note(fmt.Sprint("jump ", by), n)
}
func (r *recorded) Rate(_ context.Context, percent int, n ...history.NodeID) error {
	return r.note(fmt.Sprint("rate ", percent), n)
}
func (r *recorded) Trouble(_ context.Context, how cluster.DiskTrouble, n ...history.NodeID) error {
	return r.note("trouble "+string(how), n)
}
func (r *recorded) Cure(_ context.Context, how cluster.DiskTrouble, n ...history.NodeID) error {
	return r.note("cure "+string(how), n)
}
func (r *recorded) Shape(_ context.Context, l []cluster.Link, t cluster.Traffic) error {
	return r.note(fmt.Sprint("shape ", t), l)
}
func (r *recorded) Unshape(_ context.Context, l []cluster.Link) error { return r.note("unshape", l) }
func (r *recorded) CutKinds(_ context.Context, l []cluster.Link, kinds []string) error {
	return r.note(fmt.Sprint("cut ", kinds), l)
}

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
		if rapid.Bool().Draw(t, "selective") {
			f.Messages = rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z][A-Za-z0-9_]{0,9}`), 1, 4, rapid.ID[string]).Draw(t, "messages")
		}
		return f
	})
	few     = func(targets Targets) bool { return targets.Spec != Majority }
	anyDisk = rapid.Custom(func(t *rapid.T) Disk {
		f := Disk{Trouble: rapid.SampledFrom(troubles).Draw(t, "trouble")}
		if f.Trouble == cluster.DiskRotten {
			f.Targets = anyTargets.Filter(few).Draw(t, "targets")
		} else {
			f.Targets = anyTargets.Draw(t, "targets")
		}
		return f
	})
	anyClock = rapid.Custom(func(t *rapid.T) Clock {
		f := Clock{Targets: anyTargets.Draw(t, "targets")}
		if rapid.Bool().Draw(t, "jump") {
			f.Jump = Duration(rapid.Int64Range(-int64(timeMax), int64(timeMax)).Filter(func(n int64) bool { return n != 0 }).Draw(t, "by"))
		} else {
			f.Rate = rapid.IntRange(1, rateMax).Filter(func(n int) bool { return n != 100 }).Draw(t, "rate")
		}
		return f
	})
	anyTraffic = rapid.Custom(func(t *rapid.T) Traffic {
		times, percent := rapid.Int64Range(0, int64(delayMax)), rapid.IntRange(0, 100)
		return Traffic{
			Targets: anyTargets.Draw(t, "targets"),
			Delay:   Duration(times.Draw(t, "delay")), Jitter: Duration(times.Draw(t, "jitter")),
			Loss: percent.Draw(t, "loss"), Duplicate: percent.Draw(t, "duplicate"), Reorder: percent.Draw(t, "reorder"),
		}
	}).Filter(func(f Traffic) bool { return f.Check() == nil })
	anyFault = rapid.Custom(func(t *rapid.T) Fault {
		switch kind := rapid.SampledFrom(allKinds.Names()).Draw(t, "kind"); kind {
		case "kill":
			return Kill{anyTargets.Draw(t, kind)}
		case "pause":
			return Pause{anyTargets.Draw(t, kind)}
		case "partition":
			return anyPartition.Draw(t, kind)
		case "member":
			return Member{anyTargets.Filter(few).Draw(t, kind)}
		case "transfer":
			if rapid.Bool().Draw(t, "open") {
				return Transfer{}
			}
			return Transfer{To: history.NodeID(anyName.Draw(t, "to"))}
		case "power":
			return Power{anyTargets.Draw(t, kind)}
		case "replace":
			return Replace{anyTargets.Filter(few).Draw(t, kind)}
		case "clock":
			return anyClock.Draw(t, kind)
		case "disk":
			return anyDisk.Draw(t, kind)
		case "traffic":
			return anyTraffic.Draw(t, kind)
		default:
			panic("no kind " + kind)
		}
	})
	anyTime     = rapid.Map(rapid.Int64Range(0, int64(timeMax)), func(n int64) time.Duration { return time.Duration(n) })
	anySchedule = rapid.Custom(func(t *rapid.T) Schedule {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Step {
			s := Step{At: anyTime.Draw(t, "at"), For: anyTime.Draw(t, "for")}
			if rapid.IntRange(0, 4).Draw(t, "expectation only") == 0 {
				s.Expect = []Expectation{Agree}
				return s
			}
			s.Fault = anyFault.Draw(t, "fault")
			if s.Fault.Damage().Momentary {
				s.For = 0
			}
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
