package main

import (
	"github.com/anishathalye/porcupine"

	"senkei/history"
)

// digest stands for a list: its length and a hash of its elements. So states are small, and
// lists that differ are told apart but for one in 2^64 of them.
type digest struct {
	length int
	hash   uint64
}

func (d digest) with(element int64) digest { return digest{d.length + 1, mix(d.hash, uint64(element))} }

func digestOf(list history.Value) (d digest) {
	for v := range list.Elements() {
		d = d.with(number(v))
	}
	return d
}

func listCall(op history.Op) (in, out any, ok bool) {
	if op.In.F == history.Read {
		return call{verb: reads}, digestOf(op.Out.Value), op.Outcome == history.OK
	}
	return call{verb: adds, value: number(op.In.Value)}, nil, true
}

// listModel has the digest of the list as its state.
func listModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return digest{} },
		Step: func(state, input, output any) (bool, any) {
			held, in := state.(digest), input.(call)
			if in.verb == reads {
				return held == output.(digest), state
			}
			return true, held.with(in.value)
		},
		Equal: func(a, b any) bool { return a.(digest) == b.(digest) },
		Hash:  func(state any) uint64 { return state.(digest).hash },
	}
}

// listPart is one append or read of a transaction.
type listPart struct {
	key     int
	appends bool
	value   int64
	found   digest
}

func listsCall(op history.Op) (in, out any, ok bool) {
	done, known := op.In.Value, op.Outcome == history.OK
	if known {
		done = op.Out.Value
	}
	var parts []listPart
	for m := range done.Micros() {
		switch {
		case m.F == history.Append:
			parts = append(parts, listPart{key: listOf(m.Key), appends: true, value: number(m.Value)})
		case known:
			parts = append(parts, listPart{key: listOf(m.Key), found: digestOf(m.Value)})
		}
	}
	return parts, nil, len(parts) > 0
}

type listsState [listsOfStore]digest

// listsModel has the digests of the lists as its state.
func listsModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return listsState{} },
		Step: func(state, input, _ any) (bool, any) {
			held := state.(listsState)
			for _, p := range input.([]listPart) {
				if p.appends {
					held[p.key] = held[p.key].with(p.value)
				} else if held[p.key] != p.found {
					return false, state
				}
			}
			return true, held
		},
		Equal: func(a, b any) bool { return a.(listsState) == b.(listsState) },
		Hash: func(state any) (h uint64) {
			for _, d := range state.(listsState) {
				h = mix(h, d.hash)
			}
			return h
		},
	}
}

// numbered is a value with its revision, the least that it can be where that is not exact.
type numbered struct {
	value, revision int64
	exact           bool
}

func versionedCall(op history.Op) (in, out any, ok bool) {
	in, _ = callOf(op)
	found := numbered{number(op.Out.Value), int64(op.Out.Revision), op.Outcome == history.OK}
	return in, found, op.Outcome == history.OK || op.In.F != history.Read
}

// versionedModel has the value and what is known of its revision as its state.
func versionedModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return numbered{value: nothing, exact: true} },
		Step: func(state, input, output any) (bool, any) {
			held, in, out := state.(numbered), input.(call), output.(numbered)
			switch {
			case in.verb == reads && held.exact:
				return held == out, state
			case in.verb == reads:
				return held.value == out.value && out.revision >= held.revision, out
			case out.exact:
				return out.revision > held.revision, numbered{in.value, out.revision, true}
			default:
				return true, numbered{in.value, held.revision + 1, false}
			}
		},
		Equal: func(a, b any) bool { return a.(numbered) == b.(numbered) },
		Hash: func(state any) uint64 {
			s := state.(numbered)
			return mix(mix(0, uint64(s.value)), uint64(s.revision))
		},
	}
}
