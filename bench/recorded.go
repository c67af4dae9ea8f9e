package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"

	"github.com/klauspost/compress/zstd"

	"senkei/history"
)

// recording is a history as a long run leaves it: some keys are in use at a time, by as many
// clients each, and a new key takes the place of one that has had its operations. Nothing is
// wrong with it.
type recording struct {
	Operations int  `json:"operations"`
	EDN        bool `json:"edn"`
	Packed     bool `json:"packed"` // with zstd
}

const (
	recordedKeys    = 4 // keys in use at a time
	recordedClients = 8 // of each
	recordedPerKey  = 400
	recordedUnknown = 1 // percent
)

func (r recording) String() string {
	form := "JSON Lines"
	if r.EDN {
		form = "EDN"
	}
	if r.Packed {
		form += ", zstd"
	}
	return fmt.Sprintf("%s operations on %s keys, %s", grouped(r.Operations), grouped(max(1, r.Operations/recordedPerKey)), form)
}

// write writes the file.
func (r recording) write(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	var to io.WriteCloser = f
	if r.Packed {
		if to, err = zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedFastest)); err != nil {
			return err
		}
	}
	w := &eventWriter{out: bufio.NewWriterSize(to, 1<<20), edn: r.EDN}
	if err := r.play(w); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	if r.Packed {
		if err := to.Close(); err != nil {
			return err
		}
	}
	return f.Close()
}

// play lets the keys in use go on at random.
func (r recording) play(w *eventWriter) error {
	random := rand.New(rand.NewPCG(historySeed, 1))
	inUse := make([]usedKey, recordedKeys)
	processes := 0
	for begun := 0; ; {
		l := &inUse[random.IntN(len(inUse))]
		if len(l.events) == 0 {
			if begun == max(1, r.Operations/recordedPerKey) {
				break
			}
			begun++
			if err := l.begin(begun, &processes); err != nil {
				return err
			}
		}
		w.write(l.next())
	}
	for i := range inUse {
		for len(inUse[i].events) > 0 {
			w.write(inUse[i].next())
		}
	}
	return nil
}

// usedKey is a key in use, and the clients that use it.
type usedKey struct {
	key       string
	number    int
	events    []dueEvent // to come
	processes []int      // of the clients; those of the key before come first
}

type dueEvent struct {
	op   *history.Op
	at   int
	ends bool
}

// begin gives the clients the next key.
func (l *usedKey) begin(number int, processes *int) error {
	ops, err := row{uniqueRegister, recordedClients, recordedPerKey, recordedUnknown, false}.history(uint64(number))
	if err != nil {
		return err
	}
	l.key, l.number, l.events = "k"+strconv.Itoa(number), number, l.events[:0]
	retired, last := map[history.Process]bool{}, history.Process(recordedClients-1)
	for i := range ops {
		op := &ops[i]
		l.events = append(l.events, dueEvent{op, op.Invoke, false})
		if op.Complete != history.Never {
			l.events = append(l.events, dueEvent{op, op.Complete, true})
		}
		retired[op.Process] = op.Complete == history.Never
		last = max(last, op.Process)
	}
	slices.SortFunc(l.events, func(a, b dueEvent) int { return cmp.Compare(a.at, b.at) })
	l.enroll(ops, retired, last, processes)
	return nil
}

// enroll gives the clients of the key their numbers: those of the key before, as long as they
// have no operation of unknown outcome, and then new ones.
func (l *usedKey) enroll(ops []history.Op, retired map[history.Process]bool, last history.Process, processes *int) {
	numbers := make([]int, last+1)
	for p := range numbers {
		if p < len(l.processes) {
			numbers[p] = l.processes[p]
		} else {
			numbers[p] = *processes
			*processes++
		}
	}
	l.processes = l.processes[:0]
	for p, number := range numbers {
		if !retired[history.Process(p)] {
			l.processes = append(l.processes, number)
		}
	}
	for i := range ops {
		ops[i].Process = history.Process(numbers[ops[i].Process])
	}
}

// next returns the next event, with values that no other key has.
func (l *usedKey) next() (e dueEvent, key string, offset int) {
	e, l.events = l.events[0], l.events[1:]
	return e, l.key, l.number * recordedPerKey
}

// eventWriter writes events as senkei run does.
type eventWriter struct {
	out      *bufio.Writer
	edn      bool
	position int
}

func (w *eventWriter) write(e dueEvent, key string, offset int) {
	value, kind := "null", "invoke"
	v := e.op.In.Value
	if e.ends {
		if kind = "ok"; e.op.In.F == history.Read {
			v = e.op.Out.Value
		}
	}
	if n, err := strconv.Atoi(string(v)); err == nil {
		value = strconv.Itoa(n + offset)
	}
	at, node := 41_000*w.position, e.op.Process%5+1
	if w.edn {
		if value == "null" {
			value = "nil"
		}
		fmt.Fprintf(w.out, "{:index %d, :time %d, :process %d, :type :%s, :f :%s, :value [\"%s\" %s], :node \"n%d\"}\n", w.position, at, e.op.Process, kind, e.op.In.F, key, value, node)
	} else {
		fmt.Fprintf(w.out, `{"index":%d,"time":%d,"process":%d,"type":"%s","f":"%s","key":"%s","value":%s,"node":"n%d"}`+"\n", w.position, at, e.op.Process, kind, e.op.In.F, key, value, node)
	}
	w.position++
}
