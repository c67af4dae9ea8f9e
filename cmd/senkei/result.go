package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"senkei/checker"
	"senkei/harness"
	"senkei/history"
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

// sentenceRunes is the most characters of a sentence that is printed.
const sentenceRunes = 300

// say prints one line, whatever its parts hold.
func say(out io.Writer, format string, args ...any) {
	fmt.Fprintln(out, history.Escape(fmt.Sprintf(format, args...)))
}

// describe prints a result for a person.
func describe(out io.Writer, r harness.Result) {
	fmt.Fprintln(out)
	say(out, "%s: %s", strings.ToUpper(r.Verdict), r.Checks.Summary)
	for _, sentence := range r.Checks.Because() {
		say(out, "  %s", sentence)
	}
	if r.Consistency != nil {
		say(out, "%s", history.Shorten(r.Consistency.Summary(), sentenceRunes))
	}
	say(out, "%d operations in %v: %d ok, %d fail, %d unknown; faults in force: %s; leader changes: %d; snapshots installed: %d; membership changes: %d",
		r.Counts.Total(), history.Lasted(time.Duration(r.Duration)), r.Counts.OK, r.Counts.Failed, r.Counts.Unknown,
		faults(r.Faults), r.Leaders, r.Observed.Snapshots, r.Observed.MembershipChanges)
	for _, v := range r.Expectations {
		say(out, "Expected %s: %s; %s", v.Property, met[v.Status], history.Shorten(v.Reason, sentenceRunes))
	}
	if r.Report != "" {
		say(out, "Report: %s", r.Report)
	}
	if r.Replay != "" {
		say(out, "Again:  %s", r.Replay)
	}
}

// printKept says how to reach the nodes of a run that was stopped at a violation.
func printKept(out io.Writer, dir harness.Dir) error {
	t, err := dir.ReadTest()
	if err != nil || len(t.Kept) == 0 {
		return err
	}
	say(out, "The run was stopped at a violation, and the nodes were kept as they are:")
	for _, n := range slices.Sorted(maps.Keys(t.Kept)) {
		say(out, "  %s  http://%s", n, t.Kept[n])
	}
	if t.Runtime == "local" {
		say(out, "The proxies between them ended with the run, so that none hears another any more.")
	}
	say(out, "`senkei heal` removes them once this command has ended.")
	return nil
}

func faults(counts map[string]int) string {
	return list(slices.Sorted(maps.Keys(counts)), func(kind string) string { return fmt.Sprintf("%d %s", counts[kind], kind) })
}
