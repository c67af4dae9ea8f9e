package search

import (
	"reflect"
	"senkei/checker/linearizable/engine"
	"senkei/checker/model"
)

// states numbers the states that a search meets.
type states[S comparable] struct {
	numbers map[S]int32
	list    []S
	size    func(S) int // what a state holds besides its Go value, or nil
	held    int64       // by all states together
}

func newStates[S comparable](m model.Model[S]) *states[S] {
	s := &states[S]{numbers: map[S]int32{}, size: model.HintsOf(m).StateBytes}
	s.number(m.Init())
	return s
}

func (s *states[S]) number(state S) int32 {
	n, ok := s.numbers[state]
	if !ok {
		n = int32(len(s.list))
		s.numbers[state] = n
		s.list = append(s.list, state)
		if s.size != nil {
			s.held += int64(s.size(state))
		}
	}
	return n
}

// bytes returns about how much memory the states hold: a map that is half full keeps each
// once more beside its number.
func (s *states[S]) bytes() int64 {
	if len(s.list) > engine.CountMax {
		return engine.Beyond
	}
	size := int64(reflect.TypeFor[S]().Size())
	return s.held + int64(len(s.list))*(4*size+40)
}
