package models

import (
	"senkei/checker/model"
	"senkei/history"
)

// Mutex is a lock that one client at a time can hold, after Knossos: whoever asks may
// release it. It begins free.
type Mutex struct{}

var _ model.Model[MutexState] = Mutex{}

// MutexState says whether the mutex is held.
type MutexState bool

// String returns "held" or "free".
func (s MutexState) String() string {
	if s {
		return "held"
	}
	return "free"
}

// ID returns "mutex".
func (Mutex) ID() string { return "mutex" }

// Name returns "mutex".
func (Mutex) Name() string { return "mutex" }

// Admit knows acquire and release.
func (Mutex) Admit(in history.Input) error {
	return only(in, history.Acquire, history.Release)
}

// Init returns free.
func (Mutex) Init() MutexState { return false }

// Step applies op. Of unknown outcome, an acquire of what is held and a release of what is
// free do nothing.
func (Mutex) Step(s MutexState, op history.Op) (next MutexState, ok bool) {
	switch op.In.F {
	case history.Acquire:
		return true, !bool(s) || !told(op)
	case history.Release:
		return false, bool(s) || !told(op)
	default:
		foreign("mutex", op.In)
		return s, false
	}
}

// Why says what the mutex was instead.
func (Mutex) Why(s MutexState, op history.Op) string {
	if op.In.F == history.Acquire {
		return "it acquired the mutex although that was held"
	}
	return "it released the mutex although that was free"
}
