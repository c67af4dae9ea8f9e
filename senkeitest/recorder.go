package senkeitest

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"senkei/checker"
	"senkei/history"
)

// Recorder gathers the operations of one test. All of its methods may be called from many
// goroutines at once, in a bubble of testing/synctest as well.
//
// Two operations of one recorder share an atomic counter, which the race detector takes for
// an order between their goroutines: it may see fewer races than without recording.
type Recorder struct {
	// Time is the longest that one check may take; 0 means CheckTime.
	Time time.Duration
	// Limits bound the memory of one check, and more.
	Limits checker.Limits

	t        testing.TB
	property checker.Property
	next     atomic.Int64 // position of the next event

	mu      sync.Mutex
	epoch   time.Time // when the first client was made
	clients []*Client
	judged  int64 // events that the last check judged, or what next was then
}

// New returns a Recorder for t that judges by p, such as linearizable.Of(models.Register{}).
// What was recorded since the last Check is judged when t ends.
func New(t testing.TB, p checker.Property) *Recorder {
	r := &Recorder{t: t, property: p, judged: -1}
	t.Cleanup(func() {
		t.Helper()
		r.mu.Lock()
		judged := r.judged
		r.mu.Unlock()
		recorded := r.next.Load()
		if recorded != judged && !t.Skipped() && (recorded > 0 || !t.Failed()) {
			r.Check()
		}
	})
	return r
}

// Client is who does operations, one after another: most often a goroutine. It may be used
// by several, whose operations then share its buffer but nothing else.
type Client struct {
	// Node is what the client speaks to, for people, such as "n1". It may stay empty, and is
	// set before the first operation.
	Node history.NodeID

	recorder *Recorder
	mu       sync.Mutex
	chunks   [][]record // records never move
	used     int        // of the last chunk
}

// record is what is known of one operation.
type record struct {
	in           history.Input
	out          history.Output
	outcome      history.Outcome
	err          string
	begin, end   int64 // positions
	start, ended time.Duration
}

// chunkLen is how many operations a client gets room for at a time.
const chunkLen = 256

// open is the end of an operation that has not ended.
const open = -1

// Client returns a new client.
func (r *Recorder) Client() *Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.epoch.IsZero() {
		r.epoch = time.Now()
	}
	c := &Client{recorder: r}
	r.clients = append(r.clients, c)
	return c
}

// Op is an operation that has begun. As long as it has not ended, whether it took effect is
// unknown.
type Op struct {
	client *Client
	record *record
}

// Begin records that the client asks for in. It comes before the call that does it.
func (c *Client) Begin(in history.Input) Op {
	start := c.now()
	c.mu.Lock()
	if len(c.chunks) == 0 || c.used == chunkLen {
		c.chunks, c.used = append(c.chunks, make([]record, chunkLen)), 0
	}
	r := &c.chunks[len(c.chunks)-1][c.used]
	c.used++
	r.in, r.start, r.end = in, start, open
	r.begin = c.recorder.next.Add(1) - 1
	c.mu.Unlock()
	return Op{c, r}
}

// OK records that the operation happened, with this result.
func (o Op) OK(out history.Output) { o.complete(history.OK, out, nil) }

// Fail records that the operation had no effect and never will. The reason may be nil.
func (o Op) Fail(reason error) { o.complete(history.Failed, history.Output{}, reason) }

// Unknown records that the client gave up: the operation may have happened, may still
// happen, or never. In doubt this is the right end. The reason may be nil.
func (o Op) Unknown(reason error) { o.complete(history.Unknown, history.Output{}, reason) }

func (o Op) complete(outcome history.Outcome, out history.Output, err error) {
	// The position comes first: what is done from here on does not make the operation longer.
	end := o.client.recorder.next.Add(1) - 1
	ended := o.client.now()
	o.client.mu.Lock()
	defer o.client.mu.Unlock()
	if o.record.end != open {
		panic("senkeitest: " + o.record.in.String() + " ended twice; end each operation once")
	}
	o.record.outcome, o.record.out, o.record.end, o.record.ended = outcome, out, end, ended
	if err != nil {
		o.record.err = err.Error()
	}
}

// now is the time since the first client was made, for people.
func (c *Client) now() time.Duration { return max(0, time.Since(c.recorder.epoch)) }

// History returns what was recorded until now. Operations that go on are of unknown outcome.
func (r *Recorder) History() history.History { return r.until(r.next.Load()) }

// event is the begin or the end of an operation.
type event struct {
	position int64
	record   *record
	of       *clientele
}

// clientele is the processes of a client. It has one as long as its operations end one after
// another, and are known to have.
type clientele struct {
	node history.NodeID
	free []history.Process
}

// until returns what was recorded before a position that has been given out already. Who
// takes a position holds on to the client until it is written down, or writes down an end,
// which may be missing: then the operation counts as one that goes on.
func (r *Recorder) until(position int64) history.History {
	r.mu.Lock()
	clients := slices.Clone(r.clients)
	r.mu.Unlock()
	var events []event
	for _, c := range clients {
		events = c.events(events, position)
	}
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.position, b.position) })
	b, processes := history.NewBuilder(), history.Process(0)
	running := map[*record]history.Process{}
	var now time.Duration
	for _, e := range events {
		p, ends := running[e.record]
		if ends {
			now = e.record.ended
			b.Complete(p, e.record.out, e.record.outcome, e.record.err, now)
			if e.record.outcome != history.Unknown {
				e.of.free = append(e.of.free, p)
			}
			continue
		}
		if n := len(e.of.free); n > 0 {
			p, e.of.free = e.of.free[n-1], e.of.free[:n-1]
		} else {
			p, processes = processes, processes+1
		}
		running[e.record], now = p, e.record.start
		b.Invoke(p, e.of.node, e.record.in, now)
	}
	return b.History(now)
}

// events appends the client's events before a position.
func (c *Client) events(to []event, until int64) []event {
	c.mu.Lock()
	defer c.mu.Unlock()
	of := &clientele{node: c.Node}
	for n, chunk := range c.chunks {
		if n == len(c.chunks)-1 {
			chunk = chunk[:c.used]
		}
		for _, was := range chunk { // a copy, as records go on to change
			if was.begin < until {
				to = append(to, event{was.begin, &was, of})
			}
			if was.end != open && was.end < until {
				to = append(to, event{was.end, &was, of})
			}
		}
	}
	return to
}
