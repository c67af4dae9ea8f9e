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

// notebook writes what the nodes answered to observations.jsonl, and counts what they did.
type notebook struct {
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

func newNotebook(path string) (*notebook, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &notebook{file: f, buffer: bufio.NewWriter(f), before: map[int]cluster.Status{}}, nil
}

// note takes the answers of one poll. A node that did not answer has an empty status.
func (b *notebook) note(all []expect.Observation) error {
	for i, o := range all {
		if !o.Silent {
			b.count(i, o.Status)
		}
		if err := b.write(o); err != nil {
			return err
		}
	}
	return b.buffer.Flush()
}

func (b *notebook) count(i int, s cluster.Status) {
	before := b.before[i]
	if s.Snapshots < before.Snapshots {
		before.Snapshots = 0 // the process began anew, and its counter with it
	}
	b.counts.Snapshots += int(s.Snapshots - before.Snapshots)
	b.before[i] = s
	if s.Commit < s.Configuration || s.Configuration <= b.changed && b.started {
		return
	}
	if b.started {
		b.counts.MembershipChanges++
	}
	b.changed, b.started = s.Configuration, true
}

func (b *notebook) write(o expect.Observation) error {
	line, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if b.written += len(line) + 1; b.written > observationBytesMax {
		return nil
	}
	_, err = b.buffer.Write(append(line, '\n'))
	return err
}

func (b *notebook) close() error { return errors.Join(b.buffer.Flush(), b.file.Close()) }

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
