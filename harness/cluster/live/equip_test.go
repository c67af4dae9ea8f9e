package live_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/harness/cluster/live"
	"senkei/history"
)

// host makes a cluster of a shell.
type host struct{ *live.Shell }

func (host) Nodes() []history.NodeID { return []history.NodeID{"n1", "n2", "n3"} }
func (h host) Close() error {
	h.Shell.Close()
	return nil
}

func equip(s *live.Shell) cluster.Cluster { return s.Equip(host{s}) }

// viewed is a fake that can tell who leads.
type viewed struct{ fake }

func (*viewed) Status(_ context.Context, addr string) (cluster.Status, error) {
	if addr != "addr1" {
		return cluster.Status{}, errors.New("no answer")
	}
	return cluster.Status{Node: "n1", Term: 7}, nil
}

// wrapped is a system around another.
type wrapped struct{ cluster.System }

func (w wrapped) Unwrap() cluster.System { return w.System }

// blind is a system whose members can be changed by whoever knows who leads.
type blind struct{ fake }

func (*blind) AddMember(context.Context, string, history.NodeID, string) error { return nil }
func (*blind) RemoveMember(context.Context, string, history.NodeID) error      { return nil }

func TestAClusterCanDoOfItsSystemWhatIsOffered(t *testing.T) {
	for _, test := range []struct {
		says string
		sys  cluster.System
		want []cluster.Capability
	}{
		{"a store without leaders", &fake{}, nil},
		{"one that tells who leads", &viewed{}, []cluster.Capability{cluster.CanTellStatus}},
		{"one within another", wrapped{&viewed{}}, []cluster.Capability{cluster.CanTellStatus}},
		{"members without a leader to ask", &blind{}, nil},
		{"all of it", newChanging(), []cluster.Capability{cluster.CanChangeMembers, cluster.CanTransfer, cluster.CanTellStatus}},
	} {
		c := equip(live.New(test.sys, nil, minute))
		offers := live.Offers(test.sys)
		for _, can := range []cluster.Capability{cluster.CanChangeMembers, cluster.CanTransfer, cluster.CanTellStatus} {
			require.Equal(t, slices.Contains(test.want, can), offers[can] == nil, "%s: %s", test.says, can)
		}
		require.Equal(t, test.want, cluster.Capabilities(c), test.says)
		_, err := cluster.As[host](c)
		require.NoError(t, err, "what is within shows")
		require.NoError(t, c.Close())
	}
	require.EqualError(t, live.Offers(&fake{}).Lacks(cluster.CanTellStatus), "the system fake cannot tell who leads")
	require.ErrorIs(t, live.Offers(&fake{}).Lacks(cluster.CanKill, cluster.CanTransfer), errors.ErrUnsupported)
}

func TestStatusIsAskedOfTheNodesOwnAddress(t *testing.T) {
	s, err := cluster.As[cluster.Observer](equip(newShell(t, &viewed{}, minute)))
	require.NoError(t, err)
	status, err := s.Status(t.Context(), "n1")
	require.NoError(t, err)
	require.Equal(t, cluster.Status{Node: "n1", Term: 7}, status)
	_, err = s.Status(t.Context(), "n2")
	require.ErrorContains(t, err, "status of n2: no answer")
	_, err = s.Status(t.Context(), "n3")
	require.ErrorContains(t, err, "not a node of this cluster")
}
