package harness

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"time"

	"senkei/checker"
	"senkei/checker/consistency"
	"senkei/harness/report"
	"senkei/history"
	"senkei/workloads"
)

// Judge reaches the verdict of a run from its files alone, and writes result.json,
// report.html and timeline.html beside them. The run is judged by its workload's property and
// by those that the table makes of what it left. Where ctx is cancelled, rather than that its
// time is over, before a violation is found, the error is ErrInterrupted and the files stay.
func Judge(ctx context.Context, dir Dir, w workloads.Workload, table []RunProperty, lim checker.Limits) (Result, error) {
	t, err := dir.ReadTest()
	if err != nil {
		return Result{}, err
	}
	h, err := Until(ctx, dir.ReadHistory)
	if err != nil {
		return Result{}, err
	}
	parts := []checker.Verdict{check(ctx, w.Property, lim, h)}
	var details []checker.Verdict
	for _, of := range table {
		p, err := of(Recorded{Dir: dir, Test: t, Workload: w})
		if err != nil {
			return Result{}, err
		}
		if p != nil {
			verdict := p.Check(ctx, h, lim)
			parts, details = append(parts, verdict), append(details, verdict.Parts...)
		}
	}
	v := checker.Merge("run", parts...)
	if errors.Is(ended(ctx), ErrInterrupted) && v.Status != checker.Invalid {
		return Result{}, ErrInterrupted
	}
	r := summarize(v, h)
	r.Expectations = details
	r.Consistency = stillHolds(ctx, h, parts[0], lim)
	r.Observed = t.Observed
	r.Replay, r.Report = t.Replay, dir.Report()
	if err := WriteJSON(dir.result(), r); err != nil {
		return Result{}, err
	}
	content := page(dir, t, v, h, r)
	if content.Trace, err = dir.messages(); err != nil {
		return Result{}, err
	}
	write := func(w io.Writer) error { return report.Write(w, content) }
	if err := WriteFile(dir.Report(), write); err != nil {
		return Result{}, err
	}
	return r, writeTimeline(ctx, dir, w, lim, v, h)
}

// stillHolds judges by weaker models a history of registers that is not linearizable; nil for
// others.
func stillHolds(ctx context.Context, h history.History, linearizable checker.Verdict, lim checker.Limits) *consistency.Judgement {
	if linearizable.Status != checker.Invalid || !consistency.Applies(h) {
		return nil
	}
	l := consistency.Judge(ctx, h, linearizable, lim)
	return &l
}

// proven is a verdict on so many operations, Unknown if they can prove nothing.
func proven(v checker.Verdict, operations, succeeded int) checker.Verdict {
	if why := checker.Unproven(operations, succeeded); why != "" && v.Status != checker.Invalid {
		v.Status, v.Summary, v.Reason = checker.Unknown, checker.NothingProved, why
	}
	return v
}

// JudgeHistory judges a history that comes without a run directory.
func JudgeHistory(ctx context.Context, h history.History, property checker.Property, lim checker.Limits) Result {
	succeeded := 0
	for _, op := range h.Ops {
		if checker.Succeeded(op) {
			succeeded++
		}
	}
	v := proven(check(ctx, property, lim, h), len(h.Ops), succeeded)
	r := summarize(v, h)
	r.Consistency = stillHolds(ctx, h, v, lim)
	return r
}

// tellingFirst puts the violations that say most before the others: those during a
// fault, and of these the first in time. Merge keeps that order.
func tellingFirst(a, b checker.Verdict) int {
	rank := func(v checker.Verdict) (apart, culprit int) {
		e := checker.CoreOf(v.Evidence)
		if e == nil {
			return 2, 0
		}
		during := func(s history.Span) bool { return s.From <= e.Culprit.Invoke && e.Culprit.Invoke <= s.To }
		if slices.ContainsFunc(e.Faults, during) {
			return 0, e.Culprit.Complete
		}
		return 1, e.Culprit.Complete
	}
	apartA, culpritA := rank(a)
	apartB, culpritB := rank(b)
	return cmp.Or(cmp.Compare(apartA, apartB), cmp.Compare(culpritA, culpritB))
}

func summarize(v checker.Verdict, h history.History) Result {
	r := Result{
		Verdict: v.Status.String(), ExitCode: exitCode(v.Status), Reason: v.Reason,
		Faults: map[string]int{}, Leaders: len(h.Leaders), Checks: v,
	}
	for _, op := range h.Ops {
		r.Counts.Add(op.Outcome)
		r.Duration = max(r.Duration, Duration(op.End))
	}
	for _, s := range h.Faults {
		r.Faults[s.Kind]++
	}
	return r
}

func exitCode(s checker.Status) int {
	return [...]int{checker.Valid: 0, checker.Invalid: 1, checker.Unknown: 2}[s]
}

func page(dir Dir, t Test, v checker.Verdict, h history.History, r Result) report.Report {
	return report.Report{
		Name: t.Name, System: t.System, Runtime: t.Runtime, Workload: t.Workload, Nemesis: t.Nemesis,
		Nodes: t.Nodes, Clients: t.Clients, Seed: t.Seed, Bug: t.Bug, Replay: t.Replay,
		Started: t.Started, Duration: time.Duration(r.Duration),
		Snapshots: r.Observed.Snapshots, MembershipChanges: r.Observed.MembershipChanges, NodeArgs: t.NodeArgs,
		Verdict: v, Consistency: r.Consistency, Expectations: r.Expectations, History: h, Notes: t.Problems, Alongside: []string{"timeline.html", filepath.Base(dir.History()), "observations.jsonl", "schedule.yaml"},
	}
}

// writeTimeline draws the key that was violated, or else the one with the most operations.
func writeTimeline(ctx context.Context, dir Dir, w workloads.Workload, lim checker.Limits, v checker.Verdict, h history.History) error {
	if w.Timeline == nil {
		return nil
	}
	violated := checker.CoreOf(v.Evidence)
	var chosen []history.Op
	for key, ops := range h.ByKey() {
		if violated != nil && violated.Key == key {
			chosen = ops
			break
		}
		if len(ops) > len(chosen) {
			chosen = ops
		}
	}
	var drawn bytes.Buffer
	if err := w.Timeline(ctx, history.History{Ops: chosen, Faults: h.Faults}, lim, &drawn); err != nil {
		return err
	}
	confined, err := report.Confine(drawn.Bytes())
	if err != nil {
		return err
	}
	return WriteFile(dir.Timeline(), func(out io.Writer) error { _, err := out.Write(confined); return err })
}
