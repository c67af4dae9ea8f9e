package main

import (
	"math"
	"slices"
	"strconv"

	"github.com/anishathalye/porcupine"

	"senkei/history"
)

// Each object as a user of Porcupine would write it: small states of numbers, whose Equal and
// Hash are cheap. What has no known outcome returns at the end of time and constrains
// nothing, and what then says nothing at all is left out.

// verb is what a call does.
type verb uint8

const (
	reads verb = iota
	writes
	swaps
	enqueues
	dequeues
	adds
)

var verbs = map[history.Func]verb{
	history.Read: reads, history.Write: writes, history.CAS: swaps,
	history.Enqueue: enqueues, history.Dequeue: dequeues, history.Add: adds,
}

type call struct {
	verb
	value, expect int64
}

type reply struct {
	value   int64
	swapped bool
	known   bool // the outcome
}

// nothing stands for no value.
const nothing = int64(-1)

func number(v history.Value) int64 {
	if v == history.Absent {
		return nothing
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		panic("the histories here have numbers only: " + err.Error())
	}
	return n
}

// operations puts a history into Porcupine's form.
func (k kind) operations(ops []history.Op) []porcupine.Operation {
	list := make([]porcupine.Operation, 0, len(ops))
	for _, op := range ops {
		in, out, ok := k.translate(op)
		if !ok {
			continue
		}
		end := int64(op.Complete)
		if op.Outcome != history.OK {
			end = math.MaxInt64
		}
		list = append(list, porcupine.Operation{Input: in, Call: int64(op.Invoke), Output: out, Return: end})
	}
	return list
}

func callOf(op history.Op) (in call, out reply) {
	return call{verbs[op.In.F], number(op.In.Value), number(op.In.Expect)},
		reply{number(op.Out.Value), op.Out.Swapped, op.Outcome == history.OK}
}

func registerCall(op history.Op) (in, out any, ok bool) {
	in, out = callOf(op)
	return in, out, op.Outcome == history.OK || op.In.F != history.Read
}

func queueCall(op history.Op) (in, out any, ok bool) {
	in, out = callOf(op)
	return in, out, true
}

// registerModel has the value as its state.
func registerModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return nothing },
		Step: func(state, input, output any) (bool, any) {
			held, in, out := state.(int64), input.(call), output.(reply)
			switch {
			case in.verb == reads:
				return out.value == held, state
			case in.verb == writes:
				return true, in.value
			case held == in.expect:
				return !out.known || out.swapped, in.value
			default:
				return !out.known || !out.swapped && out.value == held, state
			}
		},
		Equal: func(a, b any) bool { return a.(int64) == b.(int64) },
		Hash:  func(state any) uint64 { return mix(0, uint64(state.(int64))) },
	}
}

// mix adds a number to a hash, after the finalizer of MurmurHash3.
func mix(h, n uint64) uint64 {
	h = (h ^ n) * 0xff51afd7ed558ccd
	return h ^ h>>33
}

// fifoModel has the elements as its state, the oldest one first.
func fifoModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return []int64(nil) },
		Step: func(state, input, output any) (bool, any) {
			held, in, out := state.([]int64), input.(call), output.(reply)
			switch {
			case in.verb == enqueues:
				return true, append(held[:len(held):len(held)], in.value)
			case len(held) == 0:
				return !out.known || out.value == nothing, state
			default:
				return !out.known || out.value == held[0], held[1:]
			}
		},
		Equal: func(a, b any) bool { return slices.Equal(a.([]int64), b.([]int64)) },
		Hash:  func(state any) uint64 { return hashOf(state.([]int64)) },
	}
}

func hashOf[N int64 | uint64](numbers []N) (h uint64) {
	for _, n := range numbers {
		h = mix(h, uint64(n))
	}
	return h
}

// bag is the state of an unordered queue. A dequeue of unknown outcome takes an element that
// nobody saw, at any later time; so only their number is kept, and used up where the queue
// was found empty. That spares Porcupine the set of all states that may be.
type bag struct {
	elements []int64 // ascending
	missing  int
}

func unorderedModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return bag{} },
		Step: func(state, input, output any) (bool, any) {
			held, in, out := state.(bag), input.(call), output.(reply)
			switch {
			case in.verb == enqueues:
				at, _ := slices.BinarySearch(held.elements, in.value)
				clipped := held.elements[:len(held.elements):len(held.elements)]
				return true, bag{slices.Insert(clipped, at, in.value), held.missing}
			case !out.known:
				return true, bag{held.elements, held.missing + 1}
			case out.value == nothing:
				gone := len(held.elements)
				return gone <= held.missing, bag{missing: held.missing - gone}
			}
			at, found := slices.BinarySearch(held.elements, out.value)
			if !found {
				return false, state
			}
			return true, bag{slices.Concat(held.elements[:at], held.elements[at+1:]), held.missing}
		},
		Equal: func(a, b any) bool {
			return a.(bag).missing == b.(bag).missing && slices.Equal(a.(bag).elements, b.(bag).elements)
		},
		Hash: func(state any) uint64 { return mix(hashOf(state.(bag).elements), uint64(state.(bag).missing)) },
	}
}
