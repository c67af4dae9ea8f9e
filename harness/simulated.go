package harness

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"senkei/harness/report"
	"senkei/history"
	"senkei/nemesis"
)

// Simulated is the Test.Runtime of runs on virtual time.
const Simulated = "sim"

// SimulatedRun is a run on virtual time, which is over before anything of it is written.
type SimulatedRun struct {
	Test     Test
	History  history.History
	Schedule nemesis.Schedule // the faults as they were in force
	Trace    *report.Trace    // what the nodes said to each other
}

// Write leaves the run in dir as Run would have.
func (r SimulatedRun) Write(dir Dir) error {
	write := func(w io.Writer) error { return history.Encode(w, r.History) }
	if err := WriteFile(dir.History(), write); err != nil {
		return err
	}
	if err := dir.writeSchedule(r.Schedule); err != nil {
		return err
	}
	if r.Trace != nil {
		if err := WriteJSON(dir.trace(), r.Trace); err != nil {
			return err
		}
	}
	return dir.writeTest(r.Test)
}

func (d Dir) trace() string { return filepath.Join(string(d), "trace.json") }

// messages returns what the nodes of a simulated run said to each other; nil for others.
func (d Dir) messages() (*report.Trace, error) {
	t := &report.Trace{}
	err := readJSON(d.trace(), t)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return t, err
}
