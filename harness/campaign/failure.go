package campaign

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strconv"

	"senkei/harness/cluster/sim"
)

// Failure is a plan that failed, with what is needed to see it fail again: the content of
// failure.json.
type Failure struct {
	Class   string       `json:"class"`
	Finding *sim.Finding `json:"finding,omitempty"`
	Replay  string       `json:"replay"`          // the command that does it again
	Bug     string       `json:"bug,omitempty"`   // put into the node on purpose
	Blind   bool         `json:"blind,omitempty"` // the invariants were left out
	Version string       `json:"version"`         // of Senkei
	Go      string       `json:"go"`              // version and platform
	Hash    string       `json:"hash"`            // of everything that happened, hexadecimal
	Plan    Plan         `json:"plan"`
}

// NewFailure describes an outcome that has a class.
func NewFailure(p Plan, o Outcome, bug, version string) Failure {
	return Failure{
		Class: o.Class, Finding: o.Finding, Bug: bug, Version: version,
		Go:   fmt.Sprintf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH),
		Hash: FormatHash(o.Hash), Plan: p,
	}
}

// FormatHash writes a hash as Failure has it.
func FormatHash(hash uint64) string { return strconv.FormatUint(hash, 16) }

// ReadFailure reads a failure.json. The error says what is wrong with it.
func ReadFailure(r io.Reader) (Failure, error) {
	var f Failure
	decoder := json.NewDecoder(io.LimitReader(r, planBytesMax))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return f, fmt.Errorf("it is not a failure.json: %w", err)
	}
	if err := f.Plan.Validate(); err != nil {
		return f, fmt.Errorf("its plan: %w", err)
	}
	return f, nil
}
