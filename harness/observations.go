package harness

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"senkei/harness/cluster"
	"senkei/harness/expect"
)

// observationBytesMax bounds observations.jsonl. What a run of many hours would add beyond
// it is not kept, and what is expected of that time remains unknown.
const observationBytesMax = 1 << 30

// observationLog writes what the nodes answered to observations.jsonl, and counts what they did.
type observationLog struct {
	file    *os.File
	buffer  *bufio.Writer
	written int // bytes
	counts  Observed
	before  map[int]cluster.Status // the latest answer, by place in Nodes
	changed uint64                 // index of the newest committed configuration
	started bool                   // changed is known
}

// Observed counts what the nodes were seen to do: at least so often, because they are asked
// ten times a second and what happens in between, or just before a node dies, is missed.
type Observed struct {
	Snapshots         int `json:"snapshots_installed"`
	MembershipChanges int `json:"membership_changes"` // committed
}

func newObservationLog(path string) (*observationLog, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &observationLog{file: f, buffer: bufio.NewWriter(f), before: map[int]cluster.Status{}}, nil
}

// add takes the answers of one poll. A node that did not answer has an empty status.
func (l *observationLog) add(all []expect.Observation) error {
	for i, o := range all {
		if !o.Silent {
			l.count(i, o.Status)
		}
		if err := l.write(o); err != nil {
			return err
		}
	}
	return l.buffer.Flush()
}

func (l *observationLog) count(i int, s cluster.Status) {
	before := l.before[i]
	if s.Snapshots < before.Snapshots {
		before.Snapshots = 0 // the process began anew, and its counter with it
	}
	l.counts.Snapshots += int(s.Snapshots - before.Snapshots)
	l.before[i] = s
	if s.Commit < s.Configuration || s.Configuration <= l.changed && l.started {
		return
	}
	if l.started {
		l.counts.MembershipChanges++
	}
	l.changed, l.started = s.Configuration, true
}

func (l *observationLog) write(o expect.Observation) error {
	line, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if l.written += len(line) + 1; l.written > observationBytesMax {
		return nil
	}
	_, err = l.buffer.Write(append(line, '\n'))
	return err
}

func (l *observationLog) close() error { return errors.Join(l.buffer.Flush(), l.file.Close()) }

// observations returns what the nodes of a run answered; nothing where that was not noted.
func (d Dir) observations() ([]expect.Observation, error) {
	f, err := os.Open(d.observed())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := expect.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.observed(), err)
	}
	return all, nil
}
