package live_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/harness/cluster"
	"senkei/harness/cluster/live"
	"senkei/history"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a system whose clients do what invoke says.
type fake struct {
	invoke         func(ctx context.Context, addr string, in history.Input) (history.Output, error)
	opened, closed atomic.Int64
}

func (f *fake) Name() string                           { return "fake" }
func (f *fake) Launch(cluster.Endpoint) cluster.Launch { return cluster.Launch{Image: "fake"} }
func (f *fake) Ready(context.Context, string) error    { panic("a shell starts no nodes") }
func (f *fake) Open(addr string) cluster.Client {
	f.opened.Add(1)
	return &client{f, addr}
}

type client struct {
	f    *fake
	addr string
}

func (c *client) Invoke(ctx context.Context, in history.Input) (history.Output, error) {
	return c.f.invoke(ctx, c.addr, in)
}

func (c *client) Close() error {
	c.f.closed.Add(1)
	return nil
}

// echo answers with the address and the value that it was sent.
func echo(_ context.Context, addr string, in history.Input) (history.Output, error) {
	return history.Output{Value: history.Value(addr) + in.Value}, nil
}

// hang answers never.
func hang(ctx context.Context, _ string, _ history.Input) (history.Output, error) {
	<-ctx.Done()
	return history.Output{}, ctx.Err()
}

const minute = time.Minute

func newShell(t testing.TB, f cluster.System, opTimeout time.Duration) *live.Shell {
	s := live.New(f, map[history.NodeID]live.Address{"n1": {Client: "addr1"}, "n2": {Client: "addr2"}}, opTimeout)
	t.Cleanup(s.Close)
	return s
}

func await(t testing.TB, s *live.Shell) cluster.Completion {
	t.Helper()
	done, ok := s.Await(t.Context(), s.Now()+minute)
	require.True(t, ok)
	return done
}

func TestAnOperationGoesToItsNodeAndComesBackUnderItsProcess(t *testing.T) {
	s := newShell(t, &fake{invoke: echo}, minute)
	s.Invoke(3, "n1", history.Input{Value: "a"})
	require.Equal(t, cluster.Completion{Process: 3, Output: history.Output{Value: "addr1a"}}, await(t, s))
	s.Invoke(4, "n2", history.Input{Value: "b"})
	require.Equal(t, cluster.Completion{Process: 4, Output: history.Output{Value: "addr2b"}}, await(t, s))
}

func TestAProcessKeepsItsClientUntilAnOutcomeIsUnknown(t *testing.T) {
	var answer error
	f := &fake{invoke: func(context.Context, string, history.Input) (history.Output, error) { return history.Output{}, answer }}
	s := newShell(t, f, minute)
	for _, answer = range []error{nil, fmt.Errorf("refused: %w", cluster.ErrNoEffect), nil, errors.New("reset")} {
		require.Zero(t, f.closed.Load())
		s.Invoke(0, "n1", history.Input{})
		require.Equal(t, answer, await(t, s).Err)
		require.EqualValues(t, 1, f.opened.Load())
	}
	require.Eventually(t, func() bool { return f.closed.Load() == 1 }, minute, time.Millisecond)
}

func TestATimedOutOperationIsUnknown(t *testing.T) {
	s := newShell(t, &fake{invoke: hang}, 10*time.Millisecond)
	s.Invoke(0, "n1", history.Input{})
	err := await(t, s).Err
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, cluster.ErrNoEffect)
}

func TestOperationsOfDifferentProcessesRunBesideEachOtherAndCompleteInTheirOwnOrder(t *testing.T) {
	release := make(chan struct{})
	s := newShell(t, &fake{invoke: func(_ context.Context, _ string, in history.Input) (history.Output, error) {
		if in.Value == "slow" {
			<-release
		}
		return history.Output{}, nil
	}}, minute)
	s.Invoke(0, "n1", history.Input{Value: "slow"})
	s.Invoke(1, "n1", history.Input{})
	require.EqualValues(t, 1, await(t, s).Process)
	close(release)
	require.EqualValues(t, 0, await(t, s).Process)
}

func TestAwaitEndsWhenTheClockReachesUntil(t *testing.T) {
	s := newShell(t, &fake{}, minute)
	until := s.Now() + 20*time.Millisecond
	_, ok := s.Await(t.Context(), until)
	require.False(t, ok)
	require.GreaterOrEqual(t, s.Now(), until)
	_, ok = s.Await(t.Context(), 0)
	require.False(t, ok, "a time in the past is reached at once")
}

func TestAwaitCollectsWhatHasHappenedEvenWhenTheTimeIsOver(t *testing.T) {
	s := newShell(t, &fake{}, minute)
	quick := act(func(context.Context) error { return nil })
	s.Act(quick)
	require.Eventually(t, func() bool {
		done, ok := s.Await(t.Context(), 0)
		return ok && done.Action == quick
	}, minute, time.Millisecond)
}

func TestAwaitEndsWithItsContextAndLosesNothing(t *testing.T) {
	f := &fake{invoke: echo}
	s := newShell(t, f, minute)
	ctx, cancel := context.WithCancel(t.Context())
	end := act(func(context.Context) error {
		cancel()
		return nil
	})
	s.Act(end)
	_, delivered := s.Await(ctx, minute)
	_, ok := s.Await(ctx, minute)
	require.False(t, ok)
	if !delivered {
		require.Same(t, end, await(t, s).Action)
	}
}

// act is an action that tests recognise by its pointer.
func act(do func(context.Context) error) *cluster.Action {
	return &cluster.Action{Name: "cut", Do: do}
}

func TestAnActionCompletesAsWhatItWasBegunAs(t *testing.T) {
	s := newShell(t, &fake{}, minute)
	failure := errors.New("some failure")
	cut := act(func(context.Context) error { return failure })
	s.Act(cut)
	done := await(t, s)
	require.Same(t, cut, done.Action)
	require.Equal(t, failure, done.Err)
}

func TestATimeoutEndsAnActionsContext(t *testing.T) {
	s := newShell(t, &fake{}, minute)
	s.Act(&cluster.Action{Name: "cut", Timeout: time.Millisecond, Do: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	require.ErrorIs(t, await(t, s).Err, context.DeadlineExceeded)
}

func TestAPanicOfAnActionIsThatOfAwait(t *testing.T) {
	s := newShell(t, &fake{}, minute)
	s.Act(act(func(context.Context) error { panic("out of cheese") }))
	defer func() {
		text := fmt.Sprint(recover())
		require.Contains(t, text, "action cut: out of cheese")
		require.Contains(t, text, "shell_test.go", "the stack is that of the action")
	}()
	await(t, s)
	t.Fatal("Await swallowed the panic")
}

func TestMisuseByTheRunLoopPanics(t *testing.T) {
	s := newShell(t, &fake{invoke: hang}, minute)
	s.Invoke(0, "n1", history.Input{})
	require.Panics(t, func() { s.Invoke(0, "n1", history.Input{}) }, "the operation before is open")
	require.Panics(t, func() { s.Invoke(1, "n3", history.Input{}) }, "no such node")
}

func TestCloseEndsOperationsAndActionsAndClosesClients(t *testing.T) {
	f := &fake{invoke: hang}
	s := newShell(t, f, minute)
	const count = 3000 // more than wait in the queue
	for p := range history.Process(count) {
		s.Invoke(p, "n1", history.Input{})
		s.Act(act(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}))
	}
	s.Close()
	require.EqualValues(t, count, f.opened.Load())
	require.EqualValues(t, count, f.closed.Load())
}

func TestNoWakeUpIsLost(t *testing.T) {
	s := newShell(t, &fake{invoke: echo}, minute)
	for p := range history.Process(50) {
		s.Invoke(p, "n1", history.Input{})
	}
	for range 20_000 {
		done := await(t, s)
		s.Invoke(done.Process, "n1", history.Input{})
	}
}

func BenchmarkCompletions(b *testing.B) {
	s := newShell(b, &fake{invoke: echo}, minute)
	for p := range history.Process(20) {
		s.Invoke(p, "n1", history.Input{})
	}
	b.ReportAllocs()
	for b.Loop() {
		done := await(b, s)
		s.Invoke(done.Process, "n1", history.Input{})
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "completions/s")
}
