package invariants

import (
	"syscall"
	"testing"
	"time"

	"senkei/node/raft"
	"senkei/node/replica"
)

// tape is everything that a ledger was told in one run, and what the disks answered.
type tape struct {
	facts  []func(*Ledger)
	hards  []raft.HardState
	terms  []held
	replay bool
	hard   int // the next of hards
	term   int // the next of terms
}

type held struct {
	term uint64
	ok   bool
}

// taped is a disk whose answers are recorded, and then repeated.
type taped struct {
	disk *disk
	tape *tape
}

func (d taped) DurableHard() raft.HardState {
	t := d.tape
	if !t.replay {
		t.hards = append(t.hards, d.disk.DurableHard())
		return t.hards[len(t.hards)-1]
	}
	t.hard++
	return t.hards[t.hard-1]
}

func (d taped) DurableTerm(index uint64) (uint64, bool) {
	t := d.tape
	if !t.replay {
		term, ok := d.disk.DurableTerm(index)
		t.terms = append(t.terms, held{term, ok})
		return term, ok
	}
	t.term++
	one := t.terms[t.term-1]
	return one.term, one.ok
}

// DurableBase is not recorded: what is judged by it is rare.
func (d taped) DurableBase() uint64 { return 0 }

// BenchmarkStepped judges a whole recorded run with faults again and again; cpu-ns/step is what
// one fact costs, nearly all of which are steps, however busy the machine is.
func BenchmarkStepped(b *testing.B) {
	w := newWorld(b, 3, 5, lie{})
	w.tape = &tape{}
	if v := w.run(40_000); v != nil {
		b.Fatal(v)
	}
	w.tape.replay = true
	b.ReportAllocs()
	steps, began := 0, cpu()
	for b.Loop() {
		w.tape.hard, w.tape.term = 0, 0
		l := New(w.founding, w.margin)
		for _, fact := range w.tape.facts {
			fact(l)
		}
		if l.Broken() != nil {
			b.Fatal(l.Broken())
		}
		steps += len(w.tape.facts)
	}
	b.ReportMetric(float64(cpu()-began)/float64(steps), "cpu-ns/step")
	b.ReportMetric(float64(w.ledger.chain.last())/float64(len(w.tape.facts)), "commits/step")
}

// cpu is the time that this process has had a processor, collecting garbage included.
func cpu() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkHeartbeat judges the most frequent steps: a leader's heartbeat and its answer.
func BenchmarkHeartbeat(b *testing.B) {
	s := newStage(b)
	beat := []replica.Effect{
		s.n1.message(raft.Message{Type: raft.Append, To: "n2", Index: 3, LogTerm: 2}),
		s.n1.message(raft.Message{Type: raft.Append, To: "n3", Index: 3, LogTerm: 2}),
	}
	reply := []replica.Effect{s.n2.message(raft.Message{Type: raft.AppendReply, To: "n1", Match: 3})}
	b.ReportAllocs()
	began := cpu()
	for b.Loop() {
		s.ledger.Stepped("n1", beat, s.n1.status)
		s.ledger.Stepped("n2", reply, s.n2.status)
	}
	b.ReportMetric(float64(cpu()-began)/float64(2*b.N), "cpu-ns/step")
	if v := s.ledger.Broken(); v != nil {
		b.Fatal(v)
	}
}
