package senkeitest_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
	"senkei/senkeitest"
)

var (
	register = linearizable.Of(models.Register{})
	read     = history.Input{F: history.Read, Key: "x"}
)

func write(n int) history.Input {
	return history.Input{F: history.Write, Key: "x", Value: history.Int(int64(n))}
}

func found(n int) history.Output { return history.Output{Value: history.Int(int64(n))} }

// Each call takes a ticket in its middle: what ended before another began must have a lower
// one. Nobody ends twice in two orders, and no operation is lost.
func TestNoIntervalIsNarrowerThanReal(t *testing.T) {
	const clients, each = 8, 3000
	f := &fake{TB: t}
	r := senkeitest.New(f, register)
	var tickets atomic.Int64
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			c := r.Client()
			for range each {
				op := c.Begin(read)
				op.OK(found(int(tickets.Add(1))))
			}
		})
	}
	running.Wait()
	h := r.History()
	require.Len(t, h.Ops, clients*each)
	ticket := make([]int, 2*clients*each) // of what ended at a position
	for _, op := range h.Ops {
		n, err := strconv.Atoi(string(op.Out.Value))
		require.NoError(t, err)
		require.Less(t, op.Invoke, op.Complete)
		ticket[op.Complete] = n
	}
	begun := map[int]int{}
	for _, op := range h.Ops {
		begun[op.Invoke] = ticket[op.Complete]
	}
	highest := 0
	for position := range ticket {
		if n, begins := begun[position]; begins {
			require.Greater(t, n, highest)
		}
		highest = max(highest, ticket[position])
	}
}

func TestAProcessHasOneOperationAtATime(t *testing.T) {
	r := senkeitest.New(&fake{TB: t}, register)
	c := r.Client()
	c.Node = "n1"
	first := c.Begin(write(1))
	second := c.Begin(write(2)) // while the first goes on
	second.OK(history.Output{})
	c.Begin(read).Fail(errors.New("refused"))
	first.Unknown(errors.New("timeout"))
	c.Begin(read)
	c.Begin(read).OK(found(1))
	r.Client().Begin(read).OK(found(1))

	h := r.History()
	var processes []history.Process
	var outcomes []string
	for _, op := range h.Ops {
		processes, outcomes = append(processes, op.Process), append(outcomes, op.Outcome.String()+op.Err)
	}
	require.Equal(t, []history.Process{0, 1, 1, 1, 2, 3}, processes)
	require.Equal(t, []string{"infotimeout", "ok", "failrefused", "info", "ok", "ok"}, outcomes)
	require.EqualValues(t, "n1", h.Ops[0].Node)

	var file bytes.Buffer
	require.NoError(t, history.Encode(&file, h))
	again, err := history.Decode(&file)
	require.NoError(t, err)
	require.Equal(t, h.Ops, again.Ops)

	require.PanicsWithValue(t, "senkeitest: write of 1 to x ended twice; end each operation once", func() { first.OK(history.Output{}) })
}

// What is recorded while others go on is a whole: nothing in it has seen what it lacks.
func TestCheckWhileOperationsGoOn(t *testing.T) {
	r := senkeitest.New(t, register)
	var cell atomic.Int64
	var stop atomic.Bool
	var running sync.WaitGroup
	for id := range 4 {
		running.Go(func() {
			c := r.Client()
			for n := 0; !stop.Load() && n < 3000; n++ {
				if v := n*4 + id; n%2 == 0 {
					c.Write("x", senkeitest.Value(v+1), func() error { cell.Store(int64(v + 1)); return nil })
					continue
				}
				c.Read("x", func() (history.Value, error) {
					if v := cell.Load(); v != 0 {
						return senkeitest.Value(v), nil
					}
					return history.Absent, nil
				})
			}
		})
	}
	for range 5 {
		for len(r.History().Ops) == 0 {
		}
		require.NotEqual(t, checker.Invalid, r.Check().Status)
	}
	stop.Store(true)
	running.Wait()
}

func TestAnOperationThatNeverEndsIsUnknown(t *testing.T) {
	r := senkeitest.New(t, register)
	end := make(chan struct{})
	var stuck sync.WaitGroup
	stuck.Go(func() {
		r.Client().Do(write(1), func() (history.Output, error) { <-end; return history.Output{}, nil })
	})
	for len(r.History().Ops) == 0 {
	}
	r.Client().Begin(read).OK(found(1)) // it may have happened
	require.Equal(t, checker.Valid, r.Check().Status)
	close(end)
	stuck.Wait()

	require.Panics(t, func() {
		r.Client().Do(write(2), func() (history.Output, error) { panic("half way") })
	})
	r.Client().Begin(read).OK(found(2))
}

func TestErrorsSayWhatIsKnown(t *testing.T) {
	r := senkeitest.New(&fake{TB: t}, register)
	c := r.Client()
	one, two := senkeitest.Value(1), senkeitest.Value(2)
	_, err := c.CAS("x", one, two, func() (bool, error) { return false, nil })
	require.NoError(t, err)
	swapped, _ := c.CAS("x", one, two, func() (bool, error) { return true, nil })
	require.True(t, swapped)
	c.CAS("x", one, two, func() (bool, error) { return false, senkeitest.ErrNoEffect })
	c.CAS("x", one, two, func() (bool, error) { return false, context.DeadlineExceeded })
	require.ErrorIs(t, c.Write("x", one, func() error { return senkeitest.ErrNoEffect }), senkeitest.ErrNoEffect)
	c.Read("x", func() (history.Value, error) { return one, context.DeadlineExceeded })
	var outcomes []string
	for _, op := range r.History().Ops {
		outcomes = append(outcomes, op.Outcome.String())
	}
	require.Equal(t, []string{"fail", "ok", "fail", "info", "fail", "info"}, outcomes)
}

func TestValues(t *testing.T) {
	for value, text := range map[history.Value]string{
		senkeitest.Value(nil): "nothing", senkeitest.Value(-3): "-3", senkeitest.Value(uint8(3)): "3", senkeitest.Value(1.5): "1.5",
		senkeitest.Value(true): "true", senkeitest.Value("a\"b"): `"a\"b"`, senkeitest.Value([]int{1, 2}): "[1,2]", senkeitest.Value(history.Int(4)): "4",
	} {
		require.Equal(t, text, value.String())
	}
	require.Panics(t, func() { senkeitest.Value(func() {}) })
}

// staleRead is a violation in three operations.
func staleRead(r *senkeitest.Recorder) {
	c := r.Client()
	c.Begin(write(1)).OK(history.Output{})
	c.Begin(write(2)).OK(history.Output{})
	c.Begin(read).OK(found(1))
}

func TestAFailureLeavesHistoryAndReport(t *testing.T) {
	f := &fake{TB: t}
	r := senkeitest.New(f, register)
	staleRead(r)
	said := f.end()
	require.Len(t, f.said, 1)
	require.Contains(t, said, "INVALID: the history is not linearizable\n  Process 0's read of x returned 1")
	require.Contains(t, said, "3 operations: 3 ok, 0 fail, 0 unknown")
	page, err := os.ReadFile(left(said, "Report"))
	require.NoError(t, err)
	require.Contains(t, string(page), t.Name())

	path := left(said, "History")
	require.Contains(t, path, "senkei-TestAFailureLeavesHistoryAndReport-")
	h, err := history.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, r.History(), h)
	again := &fake{TB: t}
	require.Equal(t, checker.Invalid, senkeitest.CheckFile(again, path, register).Status)
	require.Contains(t, again.end(), path)
	require.NotEqual(t, filepath.Dir(path), filepath.Dir(left(again.end(), "Report")))
	_, err = os.Stat(left(again.end(), "Report"))
	require.NoError(t, err)
}

// Whoever asks for artifacts finds them where go test puts them.
func TestArtifactsAreInTheArtifactDirectory(t *testing.T) {
	require.NoError(t, flagArtifacts("true"))
	defer func() { require.NoError(t, flagArtifacts("false")) }()
	f := &fake{TB: artifactTest{TB: t, dir: t.TempDir()}}
	staleRead(senkeitest.New(f, register))
	require.True(t, strings.HasPrefix(left(f.end(), "Report"), f.ArtifactDir()))
}

type artifactTest struct {
	testing.TB
	dir string
}

func (t artifactTest) ArtifactDir() string { return t.dir }

func TestWhatIsNotProvedFails(t *testing.T) {
	f := &fake{TB: t}
	senkeitest.New(f, register)
	require.Contains(t, f.end(), "UNKNOWN: nothing is proved either way")

	for name, in := range map[string]func(*testing.T, func(*testing.T)){
		"in a bubble": synctest.Test,
		"outside":     func(t *testing.T, test func(*testing.T)) { test(t) },
	} {
		f := &fake{TB: t}
		in(t, func(*testing.T) {
			r := senkeitest.New(f, register)
			r.Time = 1
			staleRead(r)
			time.Sleep(time.Millisecond)
			require.Contains(t, f.end(), "could not be judged in the time given", name)
		})
	}
}

func TestATestIsJudgedOnce(t *testing.T) {
	f := &fake{TB: t}
	r := senkeitest.New(f, register)
	staleRead(r)
	r.Check()
	f.end()
	require.Len(t, f.said, 1)
}

func TestWhatTheModelDoesNotKnowIsRefused(t *testing.T) {
	for f, sentence := range map[history.Func]string{
		history.Enqueue: "operation 0, enqueue of nothing, does not fit linearizable register: enqueue is none of",
		"jump":          `no history has the function "jump"`,
	} {
		test := &fake{TB: t}
		senkeitest.New(test, register).Client().Begin(history.Input{F: f}).OK(history.Output{})
		require.Contains(t, test.end(), sentence)
	}
	test := &fake{TB: t}
	senkeitest.CheckFile(test, "nowhere.jsonl", register)
	require.Contains(t, test.end(), "nowhere.jsonl")
}
