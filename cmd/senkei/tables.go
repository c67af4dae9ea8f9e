package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"senkei/harness"
	"senkei/harness/campaign"
	"senkei/harness/cluster"
	"senkei/harness/cluster/docker"
	"senkei/harness/cluster/local"
	"senkei/harness/systems/node"
	"senkei/workloads"
)

// The tables of what there is. Nothing registers itself: whoever adds a workload or a
// runtime adds a line here.

func allWorkloads() []workloads.Workload {
	return []workloads.Workload{workloads.Register()}
}

func findWorkload(name string) (workloads.Workload, error) {
	return find("workload", name, allWorkloads(), func(w workloads.Workload) string { return w.Name })
}

// systemEntry is a store that `senkei run` tests.
type systemEntry struct {
	name, summary string
	new           func(f *runFlags, b binaries) cluster.System
}

func allSystems() []systemEntry {
	return []systemEntry{
		{"node", "Senkei's own replicated store, with any of its known bugs", func(f *runFlags, b binaries) cluster.System {
			return node.System{Path: b.node, Args: f.NodeArgs}
		}},
	}
}

func findSystem(name string) (systemEntry, error) {
	return find("system", name, allSystems(), func(s systemEntry) string { return s.name })
}

func systemNames() string { return list(allSystems(), func(s systemEntry) string { return s.name }) }

// bare is the system before anything is known of a run: enough to ask what it offers.
func (s systemEntry) bare() cluster.System { return s.new(&runFlags{}, binaries{}) }

// reference reports whether it is the reference node, which alone has known bugs, the flags of
// senkei-node, and a simulation.
func (s systemEntry) reference() bool { return s.bare().Launch(cluster.Endpoint{}).Reference }

// runtimeOptions are what a runtime is told of one run.
type runtimeOptions struct {
	run, dir, agent string
	seed            uint64
	opTimeout       time.Duration
	progress        func(string)
}

// runtimeEntry is where nodes run.
type runtimeEntry struct {
	name string
	// here says why this machine cannot have it, or returns nil.
	here func(ctx context.Context) error
	new  func(runtimeOptions) cluster.Runtime
}

func allRuntimes() []runtimeEntry {
	anywhere := func(context.Context) error { return nil }
	return []runtimeEntry{
		{"docker", docker.Available, func(o runtimeOptions) cluster.Runtime {
			return docker.New(docker.Options{Run: o.run, AgentBinary: o.agent, OpTimeout: o.opTimeout, Progress: o.progress})
		}},
		{"local", anywhere, func(o runtimeOptions) cluster.Runtime {
			return local.New(local.Options{Run: o.run, Dir: o.dir, OpTimeout: o.opTimeout})
		}},
		{harness.Simulated, anywhere, func(o runtimeOptions) cluster.Runtime { return campaign.Runtime(o.seed, o.opTimeout) }},
	}
}

// auto is Docker where its daemon answers, else local.
const auto = "auto"

func runtimeNames() string {
	return auto + ", " + list(allRuntimes(), func(r runtimeEntry) string { return r.name })
}

// chooseRuntime resolves auto and says why.
func chooseRuntime(ctx context.Context, name string) (chosen runtimeEntry, why string, err error) {
	all, wanted, why := allRuntimes(), name, "as asked"
	if name == auto {
		wanted, why = "docker", "the Docker daemon answers"
		if err := docker.Available(ctx); err != nil {
			wanted, why = "local", err.Error()
		}
	}
	i := slices.IndexFunc(all, func(r runtimeEntry) bool { return r.name == wanted })
	if i < 0 {
		return runtimeEntry{}, "", usagef("--runtime %q: choose one of %s", name, runtimeNames())
	}
	return all[i], why, nil
}

// offers says what the runtime can do with the system.
func (r runtimeEntry) offers(s systemEntry) cluster.Offers {
	return r.new(runtimeOptions{}).Offers(s.bare())
}

// find returns the entry with this name that a flag asks for, or says which there are.
func find[T any](flag, wanted string, all []T, name func(T) string) (found T, err error) {
	i := slices.IndexFunc(all, func(v T) bool { return name(v) == wanted })
	if i < 0 {
		return found, usagef("--%s %q: choose one of %s", flag, wanted, list(all, name))
	}
	return all[i], nil
}

func list[T any](all []T, name func(T) string) string {
	names := make([]string, 0, len(all))
	for _, v := range all {
		names = append(names, name(v))
	}
	return cmp.Or(strings.Join(names, ", "), "none")
}
