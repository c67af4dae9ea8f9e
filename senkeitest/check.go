package senkeitest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"senkei/checker"
	"senkei/harness"
	"senkei/history"
	"senkei/history/formats"
)

// CheckTime is the longest that a check takes if nothing else is said. Where the test has to
// end before (go test -timeout), a check takes at most nine tenths of the time that is left.
const CheckTime = time.Minute

// Check judges what was recorded until now. It fails the test unless that is proved valid:
// what is not decided, or holds nothing to decide, fails too. Of a test that failed, the
// history and a report for people stay, see Artifacts. Check may be called while operations
// go on, and again.
func (r *Recorder) Check() checker.Verdict {
	r.t.Helper()
	position := r.next.Load()
	r.mu.Lock()
	r.judged = position
	r.mu.Unlock()
	h := r.until(position)
	return judge(r.t, r.property, h, r.Time, r.Limits, "")
}

// CheckFile judges a history again that a test has left, or any other that senkei check
// reads, as Recorder.Check does.
func CheckFile(t testing.TB, path string, p checker.Property) checker.Verdict {
	t.Helper()
	h, err := formats.All().ReadFile(path, formats.Options{})
	if err != nil {
		t.Errorf("senkeitest: %s", err)
		return checker.Verdict{Property: p.Name(), Summary: checker.NothingProved, Reason: err.Error()}
	}
	return judge(t, p, h, 0, checker.Limits{}, path)
}

// judging is held by one check at a time, because each has a budget of the process's memory.
var judging sync.Mutex

// judge judges a history, which stands in a file already if path is not empty.
func judge(t testing.TB, p checker.Property, h history.History, most time.Duration, lim checker.Limits, path string) checker.Verdict {
	t.Helper()
	if err := admit(p, h); err != nil {
		t.Errorf("senkeitest: %s", err)
		return checker.Verdict{Property: p.Name(), Summary: checker.NothingProved, Reason: err.Error()}
	}
	judging.Lock()
	bounded, ctx, cancel := bound(t, p, most)
	result := harness.JudgeHistory(ctx, h, bounded, lim)
	cancel()
	judging.Unlock()
	if result.Checks.Status != checker.Valid {
		t.Errorf("senkeitest: %s", tell(t, result, h, path))
	}
	return result.Checks
}

// admit returns an error if the property makes nothing of an operation, or a file could not
// hold it.
func admit(p checker.Property, h history.History) error {
	known := history.Funcs()
	keyed, _ := p.(checker.Keyed)
	for _, op := range h.Ops {
		if !slices.Contains(known, op.In.F) {
			return fmt.Errorf("operation %d, %s: no history has the function %q; use one of %v", op.ID, op, op.In.F, known)
		}
		if keyed == nil {
			continue
		}
		if err := keyed.Admit(op.In); err != nil {
			return fmt.Errorf("operation %d, %s, does not fit %s: %w", op.ID, op, p.Name(), err)
		}
	}
	return nil
}

// bound returns a property and a context that end a check in time.
func bound(t testing.TB, p checker.Property, most time.Duration) (checker.Property, context.Context, func()) {
	if most == 0 {
		most = CheckTime
	}
	if now := time.Now(); now == now.Round(0) {
		// Only in a bubble of testing/synctest has a time no monotonic reading. Its clock
		// stands still while anything runs, and so no context ends there.
		return realTime{p, wall().Add(most)}, context.Background(), func() {}
	}
	if d, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if end, limited := d.Deadline(); limited {
			most = min(most, time.Until(end)*9/10)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), most)
	return p, ctx, cancel
}

// realTime is a property that is judged until a moment of the real time, inside a bubble too.
type realTime struct {
	checker.Property
	until time.Time
}

func (p realTime) Check(ctx context.Context, h history.History, lim checker.Limits) checker.Verdict {
	return p.Property.Check(realContext{ctx, p.until}, h, lim)
}

// realContext is for what asks Err from time to time, as all of the checker does.
type realContext struct {
	context.Context
	until time.Time
}

// Err is that of the context around it, or else says whether the time is up.
func (c realContext) Err() error {
	if err := c.Context.Err(); err != nil || wall().Before(c.until) {
		return err
	}
	return context.DeadlineExceeded
}

// wall is the time outside of every bubble.
func wall() time.Time {
	var now syscall.Timeval
	if err := syscall.Gettimeofday(&now); err != nil {
		panic("senkeitest: " + err.Error())
	}
	return time.Unix(now.Unix())
}
