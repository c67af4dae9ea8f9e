package loop

import (
	"time"

	"senkei/history"
)

// Recorder takes what happens, in the order in which it happens. Times are those of the
// cluster's clock. An error ends the run: what follows would not be recorded.
// *history.Recorder is one that writes a file.
type Recorder interface {
	Invoke(p history.Process, n history.NodeID, in history.Input, now time.Duration) error
	Complete(p history.Process, out history.Output, outcome history.Outcome, errText string, now time.Duration) (history.Op, error)
	// Inject notes that a fault is in force or, where failure is not nil, that it could not be
	// put in force and was given up. The value is the fault.
	Inject(id int, kind, text string, value any, failure error, now time.Duration) error
	// Heal notes that a fault is not certain to be in force any longer or, where failure is
	// not nil, that its healing failed and was given up.
	Heal(id int, kind, text string, value any, failure error, now time.Duration) error
	Leader(n history.NodeID, term uint64, now time.Duration) error
}
