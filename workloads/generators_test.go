package workloads

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/history"
)

func TestARateIsReachedAndSpreadEvenlyOverAllClients(t *testing.T) {
	o := usual
	o.Rate = 200
	s := simulate(o, 1).spend(5 * time.Second).run(Register().Phases(o).Main)
	require.InDelta(t, 200*5, len(s.ops), 1)
	for i := range s.ops[1:] {
		require.Equal(t, 5*time.Millisecond, s.ops[i+1].Start-s.ops[i].Start)
	}
}

func TestARateIsNotExceededToCatchUpWithClientsThatWereAllWaiting(t *testing.T) {
	o := usual
	o.Rate = 500
	s := simulate(o, 1).spend(5 * time.Second)
	const stallEnd = 2 * time.Second
	s.ending = func(rng *rand.Rand, c Client, in history.Input, now time.Duration) (history.Outcome, time.Duration) {
		if now > time.Second && now < stallEnd {
			return history.OK, stallEnd - now
		}
		return perfect(rng, c, in, now)
	}
	s.run(Register().Phases(o).Main)
	const window = 100 * time.Millisecond
	most := int(o.Rate*(window+slack).Seconds()) + 1
	for i, op := range s.ops {
		if later := i + most; later < len(s.ops) {
			require.GreaterOrEqual(t, s.ops[later].Start-op.Start, window)
		}
	}
}

func TestARateIsReachedByACallerThatWakesLate(t *testing.T) {
	g := pace(newRegister(usual), 1000)
	v := View{Free: simulate(usual, 1).clients, Rand: rand.New(rand.NewPCG(1, 0))}
	asked := 0
	for ; v.Now < time.Second; v.Now += 1700 * time.Microsecond {
		for g.Next(v).Status == Ready {
			asked++
		}
	}
	require.InDelta(t, 1000, asked, 1)
}

func TestWithoutARateClientsAskAsFastAsTheyAreAnswered(t *testing.T) {
	s := simulate(usual, 1).spend(time.Second).run(Register().Phases(usual).Main)
	require.Greater(t, len(s.ops), 4000, "ten clients that wait 2 ms each time")
}

func TestOptionsThatCannotBeUsedAreRefusedWithAReason(t *testing.T) {
	require.NoError(t, usual.Validate())
	for reason, spoil := range map[string]func(*Options){
		"0 clients drive nothing: there must be at least 1":                          func(o *Options) { o.Clients = 0 },
		"0 nodes serve nobody: there must be at least 1":                             func(o *Options) { o.Nodes = 0 },
		"-1 keys hold nothing: there must be at least 1":                             func(o *Options) { o.Keys = -1 },
		"11 keys in use at the same time need at least as many clients, not 10":      func(o *Options) { o.Keys = 11 },
		"0 operations per key are too few: there must be at least 1":                 func(o *Options) { o.OpsPerKey = 0 },
		"a rate of -1 operations a second is neither 0 nor between 0.01 and 1e+06":   func(o *Options) { o.Rate = -1 },
		"a rate of NaN operations a second is neither 0 nor between 0.01 and 1e+06":  func(o *Options) { o.Rate = math.NaN() },
		"a rate of +Inf operations a second is neither 0 nor between 0.01 and 1e+06": func(o *Options) { o.Rate = math.Inf(1) },
	} {
		o := usual
		spoil(&o)
		require.EqualError(t, o.Validate(), reason)
	}
}
