package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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

var runtimes = []string{"auto", "docker", "local"}

// chooseRuntime resolves "auto" and says why.
func chooseRuntime(ctx context.Context, name string) (chosen, why string, err error) {
	switch name {
	case "docker", "local":
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
func newRuntime(name, run, dir, agent string, opTimeout time.Duration, progress func(string)) cluster.Runtime {
	switch name {
	case "docker":
		return docker.New(docker.Options{Run: run, AgentBinary: agent, OpTimeout: opTimeout, Progress: progress})
	case "local":
		return local.New(local.Options{Run: run, Dir: dir, OpTimeout: opTimeout})
	default:
		panic(fmt.Sprintf("senkei: runtime %q", name))
	}
}

func list[T any](all []T, name func(T) string) string {
	names := make([]string, 0, len(all))
	for _, v := range all {
		names = append(names, name(v))
	}
	return cmp.Or(strings.Join(names, ", "), "none")
}
