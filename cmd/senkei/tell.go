package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"senkei/checker"
	"senkei/harness"
)

// tell prints a result and returns its verdict as the command's exit code.
func tell(out io.Writer, r harness.Result, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(r); err != nil {
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

var headlines = map[string]string{
	"valid":   "VALID: the history is linearizable",
	"invalid": "INVALID: the history is not linearizable",
	"unknown": "UNKNOWN: nothing is proved either way",
}

var met = map[checker.Status]string{checker.Valid: "met", checker.Invalid: "NOT MET", checker.Unknown: "unknown"}

// headline is the verdict in one line. A history can be right although something else that
// was expected did not happen.
func headline(r harness.Result) string {
	if r.Verdict == "invalid" && r.Checks.Explanation == nil && len(r.Expectations()) > 0 {
		return "INVALID: an expectation was not met"
	}
	return headlines[r.Verdict]
}

// describe prints a result for a person.
func describe(out io.Writer, r harness.Result) {
	fmt.Fprintf(out, "\n%s\n", headline(r))
	if e := r.Checks.Explanation; e != nil {
		for _, s := range e.Sentences {
			fmt.Fprintf(out, "  %s\n", s)
		}
	} else if r.Reason != "" {
		fmt.Fprintf(out, "  %s\n", r.Reason)
	}
	fmt.Fprintf(out, "%d operations in %v: %d ok, %d fail, %d unknown; faults in force: %s; leader changes: %d; snapshots installed: %d; membership changes: %d\n",
		r.Counts.Total(), time.Duration(r.Duration).Round(100*time.Millisecond), r.Counts.OK, r.Counts.Failed, r.Counts.Unknown,
		faults(r.Faults), r.Leaders, r.Observed.Snapshots, r.Observed.MembershipChanges)
	for _, v := range r.Expectations() {
		fmt.Fprintf(out, "Expected %s: %s; %s\n", v.Checker, met[v.Status], v.Reason)
	}
	if r.Dir != "" {
		fmt.Fprintf(out, "Report: %s\n", filepath.Join(r.Dir, "report.html"))
	}
	if r.Replay != "" {
		fmt.Fprintf(out, "Again:  %s\n", r.Replay)
	}
}

func faults(counts map[string]int) string {
	var texts []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		texts = append(texts, fmt.Sprintf("%d %s", counts[kind], kind))
	}
	if len(texts) == 0 {
		return "none"
	}
	return strings.Join(texts, ", ")
}
