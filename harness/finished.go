package harness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"senkei/checker"
	"senkei/harness/report"
	"senkei/history"
	"senkei/nemesis"
)

// Simulated is the Test.Runtime of runs on virtual time.
const Simulated = "sim"

// Finished is a run that is over before anything of it is written: a simulated one.
type Finished struct {
	Test     Test
	History  history.History
	Schedule nemesis.Schedule // the faults as they were in force
	Trace    *report.Trace    // what the nodes said to each other
}

// Write leaves the run in dir as Run would have.
func (f Finished) Write(dir Dir) error {
	write := func(w io.Writer) error { return history.Encode(w, f.History) }
	if err := WriteFile(dir.History(), write); err != nil {
		return err
	}
	if err := dir.writeSchedule(f.Schedule); err != nil {
		return err
	}
	if f.Trace != nil {
		if err := writeJSON(dir.trace(), f.Trace); err != nil {
			return err
		}
	}
	return dir.writeTest(f.Test)
}

func (d Dir) trace() string { return filepath.Join(string(d), "trace.json") }

// messages returns what the nodes of a simulated run said to each other; nil for others.
func (d Dir) messages() (*report.Trace, error) {
	data, err := os.ReadFile(d.trace())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := &report.Trace{}
	if err := json.Unmarshal(data, t); err != nil {
		return nil, fmt.Errorf("%s: %w", d.trace(), err)
	}
	return t, nil
}

const simulationChecker = "simulation"

// sawItself is the verdict of a simulation on what it saw beside the history.
func (t Test) sawItself() checker.Verdict {
	if t.Broken != "" {
		return checker.Verdict{Property: simulationChecker, Status: checker.Invalid, Summary: "the simulation saw something broken", Reason: t.Broken}
	}
	return checker.Verdict{Property: simulationChecker, Status: checker.Valid}
}
