package main

import (
	"context"
	"net/netip"
	"testing"

	"github.com/google/nftables/expr"
	"github.com/stretchr/testify/require"

	"senkei/harness/agent"
)

var _ agent.Filter = (*kernelFilter)(nil)

func TestARuleReadBackNamesThePeerThatIsCut(t *testing.T) {
	peer := netip.MustParseAddr("172.18.0.3")
	got, ok := peerCut(cutFrom(peer))
	require.True(t, ok)
	require.Equal(t, peer, got)
}

func TestOnlyARuleForExactlyOneSourceCounts(t *testing.T) {
	peer := netip.MustParseAddr("172.18.0.3")
	for name, spoil := range map[string]func(e []expr.Any) []expr.Any{
		"it accepts":                    func(e []expr.Any) []expr.Any { e[2].(*expr.Verdict).Kind = expr.VerdictAccept; return e },
		"it jumps elsewhere":            func(e []expr.Any) []expr.Any { e[2].(*expr.Verdict).Chain = "loud"; return e },
		"it compares the destination":   func(e []expr.Any) []expr.Any { e[0].(*expr.Payload).Offset = 16; return e },
		"it compares a prefix":          func(e []expr.Any) []expr.Any { e[1].(*expr.Cmp).Data = []byte{172, 18}; return e },
		"it means everybody else":       func(e []expr.Any) []expr.Any { e[1].(*expr.Cmp).Op = expr.CmpOpNeq; return e },
		"it compares another register":  func(e []expr.Any) []expr.Any { e[1].(*expr.Cmp).Register = 2; return e },
		"it has a further condition":    func(e []expr.Any) []expr.Any { return append(e[:2:2], &expr.Counter{}, e[2]) },
		"it has no condition":           func(e []expr.Any) []expr.Any { return e[2:] },
		"its expressions are reordered": func(e []expr.Any) []expr.Any { return []expr.Any{e[1], e[0], e[2]} },
	} {
		_, ok := peerCut(spoil(cutFrom(peer)))
		require.False(t, ok, name)
	}
}

func TestAnAgentWithoutATokenDoesNotStart(t *testing.T) {
	require.ErrorContains(t, run(context.Background(), ""), agent.TokenEnv+" is not set")
}
