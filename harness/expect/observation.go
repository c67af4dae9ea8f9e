package expect

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"senkei/harness/cluster"
)

// Observation is what one node said when it was asked once: a line of observations.jsonl.
// All nodes are asked together, in a poll; the answers of a poll share Asked and Told.
type Observation struct {
	Asked time.Duration `json:"asked"` // when the poll began, since the run did, in nanoseconds
	Told  time.Duration `json:"told"`  // when all answers were there
	// Silent nodes did not answer; then nothing else is known but which node it is.
	Silent bool `json:"silent,omitempty"`
	cluster.Status
}

const (
	// observationsMax is how many observations are read: a day of nine nodes.
	observationsMax = 8_000_000
	lineBytesMax    = 64 << 10
)

// Decode reads observations, one JSON object a line. A last line that was cut off, because
// the harness was killed, is no error.
func Decode(r io.Reader) ([]Observation, error) {
	var all []Observation
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, lineBytesMax)
	var broken error // what is wrong with the line before
	for n := 1; lines.Scan(); n++ {
		if broken != nil {
			return nil, broken
		}
		if len(all) == observationsMax {
			return nil, fmt.Errorf("line %d: more than %d observations: judge a shorter run", n, observationsMax)
		}
		var o Observation
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			broken = fmt.Errorf("line %d: %w", n, err)
			continue
		}
		all = append(all, o)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read observations: %w", err)
	}
	var cut *json.SyntaxError
	if broken != nil && !errors.As(broken, &cut) {
		return nil, broken
	}
	return all, nil
}
