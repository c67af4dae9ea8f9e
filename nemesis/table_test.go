package nemesis_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/nemesis"
)

var three = []history.NodeID{"n1", "n2", "n3"}

func TestOnlyWhatTheRuntimeOffersIsPlanned(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	chosen, err := nemesis.Kinds().Choose("kill", "disk")
	require.NoError(t, err)
	p := nemesis.Profile{Nodes: three, Kinds: chosen, Duration: time.Minute, Offers: cluster.Offer(cluster.CanKill, cluster.CanTroubleDisks)}
	_, err = nemesis.Plan(rng, p)
	require.NoError(t, err)
	p.Offers[cluster.CanTroubleDisks] = errors.New("processes share the disk of the host")
	_, err = nemesis.Plan(rng, p)
	require.EqualError(t, err, "plan faults: disk: processes share the disk of the host")
	require.ErrorIs(t, err, errors.ErrUnsupported)
}

func TestAPlanForASystemWithoutLeadersAimsAtNone(t *testing.T) {
	kinds, err := nemesis.Kinds().Choose("kill", "pause", "partition")
	require.NoError(t, err)
	p := nemesis.Profile{Nodes: three, Kinds: kinds, Duration: time.Hour, Offers: cluster.Offer(cluster.CanKill, cluster.CanPause, cluster.CanCutLinks)}
	s, err := nemesis.Plan(rand.New(rand.NewPCG(1, 1)), p)
	require.NoError(t, err)
	for _, step := range s {
		require.NotContains(t, step.Fault.String(), "leader")
	}
	p.Offers[cluster.CanTellStatus] = nil
	s, err = nemesis.Plan(rand.New(rand.NewPCG(1, 1)), p)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(s, func(step nemesis.Step) bool { return strings.Contains(step.Fault.String(), "leader") }))
}
