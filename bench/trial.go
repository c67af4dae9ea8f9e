package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/anishathalye/porcupine"

	"senkei/checker"
	"senkei/history"
)

// trialCommand makes this binary judge one history with one checker, so that the memory of
// the process is that checker's.
const trialCommand = "checker-trial"

// historySeed makes the histories, the same ones in each run.
const historySeed = 1

// repeatFor is how long a quick check is repeated, so that the clock can measure it.
const repeatFor = 50 * time.Millisecond

// The checkers, as the result names them.
const (
	senkeiChecker    = "Senkei"
	porcupineChecker = "Porcupine"
)

// verdict is what a checker says of a history.
type verdict string

const (
	valid   verdict = "valid"
	invalid verdict = "invalid"
	none    verdict = "none" // within the limits
)

// bound is what a checker without a verdict would have gone beyond.
type bound string

const (
	inTime   bound = "time"
	inMemory bound = "memory"
)

// trial is one check of one history.
type trial struct {
	Row         row           `json:"row"`
	Checker     string        `json:"checker"`
	Limit       time.Duration `json:"limit_ns"`
	MemoryBytes int64         `json:"memory_bytes"` // beyond the history
}

// readiness is what a trial says before it begins to check.
type readiness struct {
	ResidentB int64 `json:"resident_bytes"` // with the history, without garbage
}

// outcome is what a trial says in the end.
type outcome struct {
	Verdict verdict `json:"verdict"`
	Beyond  bound   `json:"beyond,omitempty"` // of no verdict
	// Seconds is the time of the check alone, the median of many if it is quick; without a
	// verdict, how long there was none.
	Seconds float64 `json:"seconds"`
	// PeakB is the most that the first check held in memory beyond the history.
	PeakB int64 `json:"peak_bytes"`
}

// check judges a history that it has already in its own form.
type check func() (verdict, bound)

// runTrial does what the JSON text of a trial says. It returns the exit code.
func runTrial(args []string) int {
	var t trial
	err := errors.New("give one trial, as JSON")
	if len(args) == 1 {
		err = json.Unmarshal([]byte(args[0]), &t)
	}
	if err == nil {
		err = t.run(os.Stdout)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", trialCommand, err)
		return 1
	}
	return 0
}

func (t trial) run(w io.Writer) error {
	check, err := t.prepare()
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	resident, err := statusBytes(os.Getpid(), "VmRSS")
	if err != nil {
		return err
	}
	// "5" sets VmHWM, the most resident memory so far, to what is resident now.
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return fmt.Errorf("begin to measure memory: %w", err)
	}
	if err := json.NewEncoder(w).Encode(readiness{resident}); err != nil {
		return err
	}
	began := time.Now()
	var o outcome
	o.Verdict, o.Beyond = check()
	first := time.Since(began)
	peak, err := statusBytes(os.Getpid(), "VmHWM")
	if err != nil {
		return err
	}
	o.PeakB = max(0, peak-resident)
	if o.Verdict != none && first > t.Limit {
		o.Verdict, o.Beyond = none, inTime
	}
	o.Seconds = repeated(check, first, o.Verdict)
	return json.NewEncoder(w).Encode(o)
}

// prepare makes the history and puts it into the checker's form.
func (t trial) prepare() (check, error) {
	ops, err := t.Row.history(historySeed)
	if err != nil {
		return nil, err
	}
	k, err := kindOf(t.Row.Kind)
	if err != nil {
		return nil, err
	}
	switch t.Checker {
	case senkeiChecker:
		return k.bySenkei(ops, t.Limit, t.MemoryBytes), nil
	case porcupineChecker:
		return k.byPorcupine(ops, t.Limit), nil
	default:
		return nil, fmt.Errorf("there is no checker %q", t.Checker)
	}
}

// bySenkei may hold half of the memory in its searches: garbage can take as much again.
func (k kind) bySenkei(ops []history.Op, limit time.Duration, memoryBytes int64) check {
	lim := checker.Limits{MemoryBytes: memoryBytes / 2}
	return func() (verdict, bound) {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		switch k.senkei.CheckKey(ctx, "", history.History{Ops: ops}, lim).Status {
		case checker.Valid:
			return valid, ""
		case checker.Invalid:
			return invalid, ""
		}
		if ctx.Err() == nil {
			return none, inMemory
		}
		return none, inTime
	}
}

func (k kind) byPorcupine(ops []history.Op, limit time.Duration) check {
	model, operations := k.model(), k.operations(ops)
	return func() (verdict, bound) {
		switch porcupine.CheckOperationsTimeout(model, operations, limit) {
		case porcupine.Ok:
			return valid, ""
		case porcupine.Illegal:
			return invalid, ""
		default:
			return none, inTime
		}
	}
}

// repeated returns the median time of a check in seconds, of which the first took as long
// as said.
func repeated(check check, first time.Duration, want verdict) float64 {
	seconds := []float64{first.Seconds()}
	for until := time.Now().Add(repeatFor - first); want != none && time.Now().Before(until); {
		runtime.GC() // the garbage of one check is not to be collected in the next one
		began := time.Now()
		got, _ := check()
		took := time.Since(began)
		if got == none {
			break // the limit is that short
		}
		if got != want {
			panic(fmt.Sprintf("a check says %s, and said %s", got, want))
		}
		seconds = append(seconds, took.Seconds())
	}
	return spreadOf(seconds).Median
}
