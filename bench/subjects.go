package main

import (
	"math/rand/v2"

	"senkei/history"
)

// register is read and written half of the time each, with values never used twice.
type register struct{ value history.Value }

func (g *register) ask(r *rand.Rand, n int, _ bool) history.Input {
	if r.IntN(2) == 0 {
		return history.Input{F: history.Read}
	}
	return history.Input{F: history.Write, Value: history.Int(int64(n))}
}

func (g *register) do(_ *rand.Rand, in history.Input) history.Output {
	switch {
	case in.F == history.Read:
		return history.Output{Value: g.value}
	case in.F == history.CAS && in.Expect != g.value:
		return history.Output{Value: g.value}
	default:
		g.value = in.Value
		return history.Output{Swapped: in.F == history.CAS}
	}
}

// repeating is a register of few values, which is also compared and set. Request script
// writes 1, and the next one reads. No lost request stores 0: one that did might still take
// effect at the end, and then nobody could prove that a 0 was read too late.
type repeating struct {
	register
	script int
}

func (p *repeating) ask(r *rand.Rand, n int, lost bool) history.Input {
	const values = 5
	value := history.Int(r.Int64N(values))
	if lost {
		value = history.Int(1 + r.Int64N(values-1))
	}
	if n == p.script {
		return history.Input{F: history.Write, Value: "1"}
	}
	switch kind := r.IntN(4); {
	case n == p.script+1 || kind < 2:
		return history.Input{F: history.Read}
	case kind == 2:
		return history.Input{F: history.Write, Value: value}
	default:
		return history.Input{F: history.CAS, Expect: history.Int(r.Int64N(values)), Value: value}
	}
}

// queue is filled with unique elements and emptied as often. Unordered, it gives back a
// random one.
type queue struct {
	unordered bool
	elements  []history.Value
}

func (q *queue) ask(r *rand.Rand, n int, _ bool) history.Input {
	if r.IntN(2) == 0 {
		return history.Input{F: history.Dequeue}
	}
	return history.Input{F: history.Enqueue, Value: history.Int(int64(n))}
}

func (q *queue) do(r *rand.Rand, in history.Input) history.Output {
	if in.F == history.Enqueue {
		q.elements = append(q.elements, in.Value)
		return history.Output{}
	}
	if len(q.elements) == 0 {
		return history.Output{}
	}
	if q.unordered {
		at := r.IntN(len(q.elements))
		q.elements[0], q.elements[at] = q.elements[at], q.elements[0]
	}
	first := q.elements[0]
	q.elements = q.elements[1:]
	return history.Output{Value: first}
}

// set gets unique elements, and is read once in 50 requests, because what reads return
// grows.
type set struct{ elements []history.Value }

func (s *set) ask(_ *rand.Rand, n int, _ bool) history.Input {
	if n%50 == 49 {
		return history.Input{F: history.Read}
	}
	return history.Input{F: history.Add, Value: history.Int(int64(n))}
}

func (s *set) do(_ *rand.Rand, in history.Input) history.Output {
	if in.F == history.Read {
		return history.Output{Value: history.List(s.elements...)}
	}
	s.elements = append(s.elements, in.Value)
	return history.Output{}
}

// storeKeys are the keys of a store.
var storeKeys = [...]string{"a", "b", "c", "d", "e"}

// store carries out transactions that read or write one to three of its keys, each once,
// with values never used twice.
type store struct{ values [len(storeKeys)]history.Value }

func (s *store) ask(r *rand.Rand, n int, _ bool) history.Input {
	const most = 3
	var micros []history.Micro
	for i, key := range r.Perm(len(storeKeys))[:1+r.IntN(most)] {
		m := history.Micro{F: history.Read, Key: storeKeys[key]}
		if r.IntN(2) == 0 {
			m.F, m.Value = history.Write, history.Int(int64(n*most+i))
		}
		micros = append(micros, m)
	}
	return history.Input{F: history.Txn, Value: history.Transaction(micros...)}
}

func (s *store) do(_ *rand.Rand, in history.Input) history.Output {
	var done []history.Micro
	for m := range in.Value.Micros() {
		held := &s.values[storeKey(m.Key)]
		if m.F == history.Write {
			*held = m.Value
		}
		m.Value = *held
		done = append(done, m)
	}
	return history.Output{Value: history.Transaction(done...)}
}

// storeKey returns the position of a key in storeKeys.
func storeKey(key string) int { return int(key[0] - 'a') }
