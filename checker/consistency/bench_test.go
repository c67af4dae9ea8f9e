package consistency

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"senkei/checker"
	"senkei/history"
)

// large describes a history that is drawn from a made-up store.
type large struct {
	name                 string
	ops, keys, processes int
	store                func(l large, rng *rand.Rand) store
}

// store answers the operations of a process.
type store interface {
	write(p, key, value int)
	read(p, key int) int // 0 for nothing
}

// behind is one log of writes. Each process reads from where it is in the log; it never goes
// back, and its own writes bring it to the end. Such a store is sequentially consistent.
type behind struct {
	log  [][2]int
	at   []int
	held [][]int
	rng  *rand.Rand
}

func newBehind(l large, rng *rand.Rand) store {
	return &behind{at: make([]int, l.processes), held: grid(l.processes, l.keys), rng: rng}
}

func grid(rows, columns int) [][]int {
	g := make([][]int, rows)
	for i := range g {
		g[i] = make([]int, columns)
	}
	return g
}

func (b *behind) catchUp(p, to int) {
	for ; b.at[p] < to; b.at[p]++ {
		w := b.log[b.at[p]]
		b.held[p][w[0]] = w[1]
	}
}

func (b *behind) write(p, key, value int) {
	b.log = append(b.log, [2]int{key, value})
	b.catchUp(p, len(b.log))
}

func (b *behind) read(p, key int) int {
	b.catchUp(p, b.at[p]+b.rng.IntN(len(b.log)-b.at[p]+1))
	return b.held[p][key]
}

// switching is the same, but a process that reads is sent to the place of any other one.
type switching struct{ *behind }

func newSwitching(l large, rng *rand.Rand) store { return switching{newBehind(l, rng).(*behind)} }

func (s switching) read(_, key int) int { return s.behind.read(s.rng.IntN(len(s.at)), key) }

// gossip keeps a copy for each process. Writes reach the copies in any order that keeps the
// causal one, so concurrent ones are seen in different orders. Such a store is causal.
type gossip struct {
	writes [][]gossiped // by writer
	got    [][]int      // by process: how many writes of each writer it has
	held   [][]int
	rng    *rand.Rand
}

type gossiped struct {
	key, value int
	after      []int
}

func newGossip(l large, rng *rand.Rand) store {
	return &gossip{writes: make([][]gossiped, l.processes), got: grid(l.processes, l.processes), held: grid(l.processes, l.keys), rng: rng}
}

func (g *gossip) write(p, key, value int) {
	g.writes[p] = append(g.writes[p], gossiped{key, value, append([]int{}, g.got[p]...)})
	g.got[p][p]++
	g.held[p][key] = value
}

func (g *gossip) read(p, key int) int {
	for range 4 {
		from := g.rng.IntN(len(g.got))
		if n := g.got[p][from]; n < len(g.writes[from]) && covers(g.got[p], g.writes[from][n].after) {
			g.got[p][from]++
			g.held[p][g.writes[from][n].key] = g.writes[from][n].value
		}
	}
	return g.held[p][key]
}

func covers(has, needed []int) bool {
	for i := range needed {
		if has[i] < needed[i] {
			return false
		}
	}
	return true
}

// buffered is one copy. The writes of a process wait in its buffer, where only it sees them. Such
// a store is causal and agrees on the order of each key's writes, but is not sequential.
type buffered struct {
	held   []int
	buffer [][][2]int // by process, oldest first
	rng    *rand.Rand
}

func newBuffered(l large, rng *rand.Rand) store {
	return &buffered{held: make([]int, l.keys), buffer: make([][][2]int, l.processes), rng: rng}
}

func (b *buffered) write(p, key, value int) {
	b.buffer[p] = append(b.buffer[p], [2]int{key, value})
	for len(b.buffer[p]) > 0 && b.rng.IntN(3) > 0 {
		w := b.buffer[p][0]
		b.buffer[p] = b.buffer[p][1:]
		b.held[w[0]] = w[1]
	}
}

func (b *buffered) read(p, key int) int {
	for _, w := range slices.Backward(b.buffer[p]) {
		if w[0] == key {
			return w[1]
		}
	}
	return b.held[key]
}

var larges = []large{
	{"sequential", 100_000, 10, 32, newBehind},
	{"causal", 100_000, 10, 32, newGossip},
	{"undecided", 100_000, 10, 32, newBuffered},
	{"broken", 100_000, 10, 32, newSwitching},
	{"sequential/one-key", 1_000_000, 1, 32, newBehind},
	{"causal/one-key", 1_000_000, 1, 32, newGossip},
	{"broken/one-key", 1_000_000, 1, 32, newSwitching},
}

func (l large) draw() history.History {
	rng := rand.New(rand.NewPCG(7, 8))
	s := l.store(l, rng)
	h := history.History{Ops: make([]history.Op, l.ops)}
	for i := range h.Ops {
		p, k := rng.IntN(l.processes), rng.IntN(l.keys)
		op := history.Op{ID: i, Process: history.Process(p), In: history.Input{F: history.Read, Key: fmt.Sprint("k", k)},
			Outcome: history.OK, Invoke: 2 * i, Complete: 2*i + 1}
		if rng.IntN(2) == 0 {
			op.In.F, op.In.Value = history.Write, history.Int(int64(i+1))
			s.write(p, k, i+1)
		} else if v := s.read(p, k); v > 0 {
			op.Out.Value = history.Int(int64(v))
		}
		h.Ops[i] = op
	}
	return h
}

// BenchmarkModels measures each part of the judgement on histories as large as long runs give,
// beside time the bytes that are allocated, which is at least what is held.
func BenchmarkModels(b *testing.B) {
	ctx := context.Background()
	for _, l := range larges {
		h := l.draw()
		r := gather(h.Ops)
		o := newOrder(ctx, r, checker.DefaultMemoryBytes)
		causal := o.causal(ctx)
		for _, part := range []struct {
			name string
			run  func() []Verdict
		}{
			{"record", func() []Verdict { gather(h.Ops); return nil }},
			{"order", func() []Verdict { newOrder(ctx, r, checker.DefaultMemoryBytes); return nil }},
			{"causal", func() []Verdict { return []Verdict{o.causal(ctx)} }},
			{"sequential", func() []Verdict { return []Verdict{r.sequential(ctx, causal, checker.DefaultMemoryBytes)} }},
			{"guarantees", func() []Verdict { o.limit = ""; return o.guarantees(ctx) }},
			{"eventual", func() []Verdict { return []Verdict{eventual(h)} }},
		} {
			b.Run(l.name+"/"+part.name, func(b *testing.B) {
				b.ReportAllocs()
				var verdicts []Verdict
				for b.Loop() {
					verdicts = part.run()
				}
				for _, verdict := range verdicts {
					b.Logf("%s: %v %.150s", verdict.Model, verdict.Status, verdict.Reason)
				}
			})
		}
		runtime.KeepAlive(o)
	}
}
