package models

import (
	"errors"
	"fmt"
	"math"

	"senkei/checker/model"
	"senkei/history"
)

// FencedLock is a lock that gives each holder a token, a whole number greater than every
// token before (Kleppmann, "How to do distributed locking", 2016). It begins free. A
// release may name the token, which must then be the holder's. A lock that expires must
// have that recorded as a release.
type FencedLock struct{}

var _ model.Model[FencedLockState] = FencedLock{}

// FencedLockState says whether the lock is held, and what is known of its last token.
type FencedLockState struct {
	Held bool
	// Token is the last one given; where that was not told, the smallest that it can be.
	Token int64
	Exact bool // whether Token was told, of a lock that is held
}

// String returns "free" or "held with token 33".
func (s FencedLockState) String() string {
	switch {
	case !s.Held:
		return "free"
	case s.Exact:
		return fmt.Sprintf("held with token %d", s.Token)
	default:
		return "held with a token that nobody was told"
	}
}

// ID returns "fenced-lock".
func (FencedLock) ID() string { return "fenced-lock" }

// Name returns "fenced lock".
func (FencedLock) Name() string { return "fenced lock" }

// Admit knows acquire, and release with a whole number or nothing.
func (FencedLock) Admit(in history.Input) error {
	if _, ok := whole(in.Value, math.MaxInt64); in.F == history.Release && in.Value != history.Absent && !ok {
		return errors.New("a token is a whole number")
	}
	return only(in, history.Acquire, history.Release)
}

// Init returns free, with no token given; the first token is at least 1.
func (FencedLock) Init() FencedLockState { return FencedLockState{} }

// Step applies op.
func (l FencedLock) Step(s FencedLockState, op history.Op) (next FencedLockState, ok bool) {
	switch op.In.F {
	case history.Acquire:
		return l.acquire(s, op)
	case history.Release:
		token, fits := s.release(op.In.Value)
		if !fits {
			return s, !told(op)
		}
		return FencedLockState{Token: token}, true
	default:
		foreign("fenced lock", op.In)
		return s, false
	}
}

func (FencedLock) acquire(s FencedLockState, op history.Op) (next FencedLockState, ok bool) {
	if s.Held {
		return s, !told(op)
	}
	token, isToken := whole(op.Out.Value, math.MaxInt64)
	switch {
	case op.Out.Value == history.Absent:
		return FencedLockState{Held: true, Token: s.Token + 1}, true
	case !isToken || token <= s.Token:
		return s, false
	default:
		return FencedLockState{Held: true, Token: token, Exact: true}, true
	}
}

// release returns the holder's token as a release that names v, or nothing, lets know it,
// and whether the holder can have that token.
func (s FencedLockState) release(v history.Value) (token int64, fits bool) {
	if v == history.Absent {
		return s.Token, s.Held
	}
	token, isToken := whole(v, math.MaxInt64)
	return token, s.Held && isToken && (token == s.Token || !s.Exact && token > s.Token)
}

// Why says what the lock was instead.
func (FencedLock) Why(s FencedLockState, op history.Op) string {
	switch {
	case op.In.F == history.Release && !s.Held:
		return "it released the lock although that was free"
	case op.In.F == history.Release:
		return fmt.Sprintf("it released the lock with token %s but that was %s", op.In.Value, s)
	case s.Held:
		return fmt.Sprintf("it acquired the lock although that was %s", s)
	default:
		return fmt.Sprintf("it was given token %s although %d or a greater one had been given before", op.Out.Value, s.Token)
	}
}
