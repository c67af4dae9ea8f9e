package main

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/history"
)

// memory is a store that answers at once.
type memory struct {
	mu     sync.Mutex
	values map[string]history.Value
	fail   error // what every get returns
}

func (m *memory) Invoke(_ context.Context, in history.Input) (history.Output, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if in.F == history.Write {
		m.values[in.Key] = in.Value
		return history.Output{}, nil
	}
	return history.Output{Value: m.values[in.Key]}, m.fail
}

func (m *memory) Close() error { return nil }

func TestFillWritesEveryKeyOnce(t *testing.T) {
	m := &memory{values: map[string]history.Value{}}
	require.NoError(t, fill(t.Context(), clients{m, m, m}))
	require.Len(t, m.values, keysMax)
	for key, value := range m.values {
		require.Len(t, value, valueBytes, key)
	}
}

func TestALoadCountsWhatEndsWithinTheTime(t *testing.T) {
	m := &memory{values: map[string]history.Value{}}
	require.NoError(t, fill(t.Context(), clients{m}))
	l := load{operation: get, warmUp: 10 * time.Millisecond, length: 30 * time.Millisecond}
	began := time.Now()
	sum := l.run(t.Context(), clients{m, m})
	require.GreaterOrEqual(t, time.Since(began), l.warmUp+l.length)
	require.NotEmpty(t, sum.latencies)
	require.Zero(t, sum.errors)
}

func TestErrorsAreCountedAndNotTakenForOperations(t *testing.T) {
	broken := errors.New("broken")
	l := load{operation: get, length: 30 * time.Millisecond}
	sum := l.run(t.Context(), clients{&memory{fail: broken}})
	require.Empty(t, sum.latencies)
	require.Positive(t, sum.errors)
	require.ErrorIs(t, sum.example, broken)
}

func TestAValueOfAnotherLengthIsAnError(t *testing.T) {
	err := get.do(t.Context(), &memory{}, key(1), "")
	require.ErrorContains(t, err, "0 bytes instead of 128")
}
