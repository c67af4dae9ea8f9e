package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"senkei/checker"
	"senkei/harness"
	"senkei/workloads"
)

// judge judges a run from its files and tells the result.
func judge(ctx context.Context, out io.Writer, dir harness.Dir, w workloads.Workload, lim limits, asJSON bool) error {
	result, err := harness.Judge(ctx, dir, w, harness.RunProperties(), lim.checker())
	if err != nil {
		return err
	}
	return printResult(out, result, asJSON)
}

// printResult prints a result and returns its verdict as the command's exit code.
func printResult(out io.Writer, r harness.Result, asJSON bool) error {
	if asJSON {
		if err := harness.EncodeJSON(out, r); err != nil {
			return err
		}
	} else {
		describe(out, r)
	}
	if r.ExitCode != 0 {
		return verdict(r.ExitCode)
	}
	return nil
}

var met = map[checker.Status]string{checker.Valid: "met", checker.Invalid: "NOT MET", checker.Unknown: "unknown"}

// describe prints a result for a person.
func describe(out io.Writer, r harness.Result) {
	fmt.Fprintf(out, "\n%s: %s\n", strings.ToUpper(r.Verdict), r.Checks.Summary)
	for _, sentence := range r.Checks.Because() {
		fmt.Fprintf(out, "  %s\n", sentence)
	}
	if r.Consistency != nil {
		fmt.Fprintln(out, r.Consistency.Summary())
	}
	fmt.Fprintf(out, "%d operations in %v: %d ok, %d fail, %d unknown; faults in force: %s; leader changes: %d; snapshots installed: %d; membership changes: %d\n",
		r.Counts.Total(), time.Duration(r.Duration).Round(100*time.Millisecond), r.Counts.OK, r.Counts.Failed, r.Counts.Unknown,
		faults(r.Faults), r.Leaders, r.Observed.Snapshots, r.Observed.MembershipChanges)
	for _, v := range r.Expectations {
		fmt.Fprintf(out, "Expected %s: %s; %s\n", v.Property, met[v.Status], v.Reason)
	}
	if r.Dir != "" {
		fmt.Fprintf(out, "Report: %s\n", filepath.Join(r.Dir, "report.html"))
	}
	if r.Replay != "" {
		fmt.Fprintf(out, "Again:  %s\n", r.Replay)
	}
}

// printKept says how to reach the nodes of a run that was stopped at a violation.
func printKept(out io.Writer, dir harness.Dir) error {
	t, err := dir.ReadTest()
	if err != nil || len(t.Kept) == 0 {
		return err
	}
	fmt.Fprintln(out, "The run was stopped at a violation, and the nodes were kept as they are:")
	for _, n := range slices.Sorted(maps.Keys(t.Kept)) {
		fmt.Fprintf(out, "  %s  http://%s\n", n, t.Kept[n])
	}
	if t.Runtime == "local" {
		fmt.Fprintln(out, "The proxies between them ended with the run, so that none hears another any more.")
	}
	fmt.Fprintln(out, "`senkei heal` removes them once this command has ended.")
	return nil
}

func faults(counts map[string]int) string {
	return list(slices.Sorted(maps.Keys(counts)), func(kind string) string { return fmt.Sprintf("%d %s", counts[kind], kind) })
}
