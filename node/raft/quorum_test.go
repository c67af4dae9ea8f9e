package raft

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAgreedIsTheHighestValueThatAMajorityReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Uint64Range(0, 8), 1, 9).Draw(t, "values")
		highest := uint64(0)
		for candidate := range uint64(9) {
			reached := 0
			for _, v := range values {
				if v >= candidate {
					reached++
				}
			}
			if 2*reached > len(values) {
				highest = candidate
			}
		}
		require.Equal(t, highest, agreed(values))
	})
}

func TestAnyTwoMajoritiesShareAServer(t *testing.T) {
	for n := 1; n <= 9; n++ {
		require.Greater(t, 2*quorum(n), n, "two disjoint majorities of %d", n)
		require.LessOrEqual(t, 2*(quorum(n)-1), n, "fewer than %d of %d would do", quorum(n), n)
	}
}

func TestTheFirstAnswerOfAServerStands(t *testing.T) {
	var votes = tally{granted: map[ID]bool{"n1": true}}
	votes.record("n2", false)
	votes.record("n2", true)
	votes.record("n3", true)
	votes.record("n3", true)
	granted, refused := votes.count()
	require.Equal(t, 2, granted)
	require.Equal(t, 1, refused)
}
