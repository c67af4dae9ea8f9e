package harness

import (
	"context"
	"errors"
)

var (
	// ErrLate says that the time for judging was over before there was anything to judge.
	ErrLate = errors.New("the time given was over before the history was read; raise --check-time")
	// ErrInterrupted says that a person ended the work. What it would have replaced stays.
	ErrInterrupted = errors.New("it was interrupted")
)

// Until carries out work that looks at no context, such as reading a pipe that says nothing.
// Once ctx has ended it leaves that behind, and returns ErrLate or ErrInterrupted.
func Until[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1) // nobody waits to send
	go func() {
		value, err := work()
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ended(ctx)
	}
}

// ended is why the context has ended, and nil where it has not.
func ended(ctx context.Context) error {
	switch ctx.Err() {
	case nil:
		return nil
	case context.DeadlineExceeded:
		return ErrLate
	default:
		return ErrInterrupted
	}
}
