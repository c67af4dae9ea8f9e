package report

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"senkei/checker"
	"senkei/checker/consistency"
	"senkei/history"
)

// MaxBytes is the most that a page may take: 5 MB.
const MaxBytes = 5_000_000

// Report is one run and what was found about it. Fields that are not known stay
// empty and are left out of the page.
type Report struct {
	Name     string // the run's name
	System   string // such as "node"
	Runtime  string // such as "docker"
	Workload string // such as "register"
	Nemesis  []string
	Nodes    []history.NodeID
	Clients  int // slots; 0 where unknown: then rows follow the processes
	Seed     uint64
	Bug      string // the bug that was put into the node
	Replay   string // the command that repeats the run
	Started  time.Time
	Duration time.Duration // of the whole run
	NodeArgs []string      // flags that every node was given
	// Snapshots installed and membership changes committed, as far as they were seen.
	Snapshots, MembershipChanges int

	Verdict checker.Verdict
	// Consistency is nil unless the history was judged by weaker models as well.
	Consistency *consistency.Judgement
	// Expectations are verdicts on what the schedule expected; all have a Reason.
	Expectations []checker.Verdict
	History      history.History
	// Trace is nil where nothing was traced.
	Trace     *Trace
	Notes     []string // sentences that a reader must know, such as a fault that could not be had
	Alongside []string // names of files beside the page that it shall link to
}

// Mark stands near the beginning of every page and of nothing else.
const Mark = `<meta name="generator" content="Senkei">`

// Write writes the page. The error is that of w, or says that the page would not
// fit in MaxBytes.
func Write(w io.Writer, r Report) error {
	text, err := render(r)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// noteBytes is kept free for what is known only once the operations are chosen: where
// the violation is among them, and the sentence that says how many are drawn.
const noteBytes = 8192

// render makes the page first without its operations, to learn how much room is
// left, and then with as many of them as fit.
func render(r Report) ([]byte, error) {
	p := newPage(r)
	bare, err := p.execute()
	if err != nil {
		return nil, err
	}
	p.draw(r, MaxBytes-noteBytes-len(bare))
	text, err := p.execute()
	if err != nil {
		return nil, err
	}
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("report of %d bytes exceeds %d", len(text), MaxBytes)
	}
	return text, nil
}

// execute fills the template.
func (p *page) execute() ([]byte, error) {
	var text bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&text, "report.html", p); err != nil {
		return nil, fmt.Errorf("render report: %w", err)
	}
	return text.Bytes(), nil
}
