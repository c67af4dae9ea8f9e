package main

import (
	"math/rand/v2"
	"strconv"

	"senkei/history"
)

// versioned is a register of few values whose changes have numbers, one more each.
type versioned struct {
	register
	revision uint64
}

func (v *versioned) ask(r *rand.Rand, _ int, _ bool) history.Input {
	const values = 5
	if r.IntN(2) == 0 {
		return history.Input{F: history.Read}
	}
	return history.Input{F: history.Write, Value: history.Int(r.Int64N(values))}
}

func (v *versioned) do(r *rand.Rand, in history.Input) history.Output {
	if in.F == history.Write {
		v.revision++
	}
	out := v.register.do(r, in)
	out.Revision = v.revision
	return out
}

// lists are a list, or a hundred in one store, to which unique elements are appended. One
// operation in 50 reads a whole list, because what reads return grows.
type lists struct {
	inStore bool
	texts   [listsOfStore][]byte // without the bracket at the end
}

const (
	listsOfStore  = 100
	ofTransaction = 4
	aRead         = 50 // so many operations have one
)

func (l *lists) ask(r *rand.Rand, n int, _ bool) history.Input {
	if !l.inStore {
		if n%aRead == aRead-1 {
			return history.Input{F: history.Read}
		}
		return history.Input{F: history.Append, Value: history.Int(int64(n))}
	}
	var micros []history.Micro
	for i := range ofTransaction {
		m := history.Micro{F: history.Read, Key: strconv.Itoa(r.IntN(listsOfStore))}
		if (n*ofTransaction+i)%aRead < aRead-1 {
			m.F, m.Value = history.Append, history.Int(int64(n*ofTransaction+i))
		}
		micros = append(micros, m)
	}
	return history.Input{F: history.Txn, Value: history.Transaction(micros...)}
}

func (l *lists) do(_ *rand.Rand, in history.Input) history.Output {
	switch in.F {
	case history.Append:
		l.add(0, in.Value)
		return history.Output{}
	case history.Read:
		return history.Output{Value: l.read(0)}
	}
	var done []history.Micro
	for m := range in.Value.Micros() {
		if key := listOf(m.Key); m.F == history.Append {
			l.add(key, m.Value)
		} else {
			m.Value = l.read(key)
		}
		done = append(done, m)
	}
	return history.Output{Value: history.Transaction(done...)}
}

func (l *lists) add(key int, v history.Value) {
	separator := byte(',')
	if len(l.texts[key]) == 0 {
		separator = '['
	}
	l.texts[key] = append(append(l.texts[key], separator), v...)
}

func (l *lists) read(key int) history.Value {
	if len(l.texts[key]) == 0 {
		return history.List()
	}
	return history.Value(append(l.texts[key], ']'))
}

// listOf returns the number of a list in a store.
func listOf(key string) int {
	n, err := strconv.Atoi(key)
	if err != nil {
		panic("the lists here have numbers for names: " + err.Error())
	}
	return n
}
