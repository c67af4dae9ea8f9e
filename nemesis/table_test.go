package nemesis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/nemesis"
)

// killer is a cluster that notes who is killed and restarted.
type killer struct {
	cluster.Cluster
	calls []string
}

func (k *killer) Kill(_ context.Context, n ...history.NodeID) error {
	k.calls = append(k.calls, fmt.Sprint("kill ", n))
	return nil
}

func (k *killer) Restart(_ context.Context, n ...history.NodeID) error {
	k.calls = append(k.calls, fmt.Sprint("restart ", n))
	return nil
}

var three = []history.NodeID{"n1", "n2", "n3"}

func TestAKindFromAnotherPackageIsReadWrittenPlannedAndInjectedLikeAnyOther(t *testing.T) {
	table := append(nemesis.Kinds(), rolling)
	const text = "- {at: 3s, for: 0s, fault: rolling, targets: [n1, n3], expect: [recovery], within: 2s}\n"
	s, err := nemesis.ReadSchedule(strings.NewReader(text), table)
	require.NoError(t, err)
	var written bytes.Buffer
	require.NoError(t, nemesis.WriteSchedule(&written, s))
	require.Equal(t, text, written.String())

	rng := rand.New(rand.NewPCG(1, 1))
	bound, err := s[0].Fault.Bind(nemesis.View{Nodes: three, Rand: rng})
	require.NoError(t, err)
	on := &killer{}
	require.NoError(t, bound.Inject(t.Context(), on))
	require.Equal(t, []string{"kill [n1]", "restart [n1]", "kill [n3]", "restart [n3]"}, on.calls)

	plan, err := nemesis.Plan(rng, nemesis.Profile{Nodes: three, Kinds: nemesis.Table{rolling}, Duration: time.Minute})
	require.NoError(t, err)
	require.NotEmpty(t, plan)
	for _, step := range plan {
		require.IsType(t, Rolling{}, step.Fault)
		require.Zero(t, step.For, "it is over at once")
	}
	_, err = nemesis.ReadSchedule(strings.NewReader(text), nemesis.Kinds())
	require.ErrorContains(t, err, `fault "rolling" is none of kill, pause`)
}

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
