package sim

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"senkei/harness/cluster"
)

// task is an action that may have to wait for virtual time to pass. It is a coroutine: at
// any moment either it or the loop runs, never both.
type task struct {
	resume func() (time.Duration, bool)
	stop   func()
	yield  func(time.Duration) bool
}

// errStopped ends an action whose world, or whose time, has ended.
var errStopped = errors.New("the action was stopped")

// Act runs an action now, up to where it first waits, and goes on with it as time passes.
// Its timeout means nothing here.
func (w *World) Act(a *cluster.Action) {
	w.Do(a.Do, func(err error) {
		w.completions = append(w.completions, cluster.Completion{Action: a, Err: err})
	})
}

// Do runs an action now, up to where it first waits, and calls then with its error once it has ended.
func (w *World) Do(action func(ctx context.Context) error, then func(error)) {
	t := &task{}
	w.tasks = append(w.tasks, t)
	var err error
	t.resume, t.stop = iter.Pull(func(yield func(time.Duration) bool) {
		t.yield = yield
		err = action(context.Background())
	})
	w.proceed(t, func() { then(err) })
}

// proceed lets a task run until it waits again or ends.
func (w *World) proceed(t *task, ended func()) {
	if !slices.Contains(w.tasks, t) {
		return // it was stopped
	}
	before := w.task
	w.task = t
	wake, waits := t.resume()
	w.task = before
	if !waits {
		w.tasks = slices.DeleteFunc(w.tasks, func(other *task) bool { return other == t })
		ended()
		return
	}
	w.Call(wake, func() { w.proceed(t, ended) })
}

// sleep lets the task that runs wait, and fails where it is to end.
func (w *World) sleep(d time.Duration) error {
	if !w.task.yield(w.now + d) {
		return errStopped
	}
	return nil
}

// StopActions ends the actions that wait; what they have begun stays. They do not complete.
func (w *World) StopActions() {
	for _, t := range w.tasks {
		t.stop()
	}
	w.tasks = nil
}
