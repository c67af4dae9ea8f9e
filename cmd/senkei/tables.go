package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"senkei/harness"
	"senkei/harness/campaign"
	"senkei/harness/cluster"
	"senkei/harness/cluster/docker"
	"senkei/harness/cluster/local"
	"senkei/workloads"
)

// The tables of what there is. Nothing registers itself: whoever adds a workload or a
// runtime adds a line here.

func allWorkloads() []workloads.Workload {
	return []workloads.Workload{workloads.Register()}
}

func findWorkload(name string) (workloads.Workload, error) {
	all := allWorkloads()
	i := slices.IndexFunc(all, func(w workloads.Workload) bool { return w.Name == name })
	if i < 0 {
		return workloads.Workload{}, usagef("--workload %q: choose one of %s", name,
			list(all, func(w workloads.Workload) string { return w.Name }))
	}
	return all[i], nil
}

var systems = []string{"node"}

var runtimes = []string{"auto", "docker", "local", "sim"}

// chooseRuntime resolves "auto" and says why.
func chooseRuntime(ctx context.Context, name string) (chosen, why string, err error) {
	switch name {
	case "docker", "local", "sim":
		return name, "as asked", nil
	case "auto":
		if err := docker.Available(ctx); err != nil {
			return "local", err.Error(), nil
		}
		return "docker", "the Docker daemon answers", nil
	default:
		return "", "", usagef("--runtime %q: choose one of %s", name, strings.Join(runtimes, ", "))
	}
}

// newRuntime returns the runtime of that name for one run.
func newRuntime(name, run, dir, agent string, seed uint64, opTimeout time.Duration, progress func(string)) cluster.Runtime {
	switch name {
	case "sim":
		return campaign.Runtime(seed, opTimeout)
	case "docker":
		return docker.New(docker.Options{Run: run, AgentBinary: agent, OpTimeout: opTimeout, Progress: progress})
	case "local":
		return local.New(local.Options{Run: run, Dir: dir, OpTimeout: opTimeout})
	default:
		panic(fmt.Sprintf("senkei: runtime %q", name))
	}
}

// liveFaults are the kinds of fault that containers and processes can be hit with, apart
// from partitions that keep off some kinds of messages only. Simulated nodes can be hit
// with everything.
var liveFaults = []string{"kill", "pause", "partition", "member", "transfer"}

// offeredBy says which runtimes can hit their nodes with a kind of fault.
func offeredBy(kind string) string {
	if slices.Contains(liveFaults, kind) {
		return "docker, local, sim"
	}
	return "sim"
}

// refuseSimulated refuses what only simulated nodes can be hit with. The flag is where it
// was asked for.
func (f *runFlags) refuseSimulated(flag, kind string, messages bool) error {
	if f.runtime == harness.Simulated {
		return nil
	}
	what := "the fault " + kind
	switch {
	case messages:
		what += " with messages"
	case slices.Contains(liveFaults, kind):
		return nil
	}
	return usagef("%s: only simulated nodes can be hit with %s: use `senkei sim`, or choose from %s", flag, what, strings.Join(liveFaults, ", "))
}

func list[T any](all []T, name func(T) string) string {
	names := make([]string, 0, len(all))
	for _, v := range all {
		names = append(names, name(v))
	}
	return cmp.Or(strings.Join(names, ", "), "none")
}
