package raft

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAgreedIsTheHighestValueThatAMajorityReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Uint64Range(0, 8), 1, 9).Draw(t, "values")
		var configuration Configuration
		for i := range values {
			configuration.Servers = append(configuration.Servers, Server{ID: ID(rune('a' + i))})
		}
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
		require.Equal(t, highest, configuration.agreed(func(id ID) uint64 { return values[id[0]-'a'] }))
	})
}

func TestAnyTwoMajoritiesShareAServer(t *testing.T) {
	for n := 1; n <= 9; n++ {
		require.Greater(t, 2*quorum(n), n, "two disjoint majorities of %d", n)
		require.LessOrEqual(t, 2*(quorum(n)-1), n, "fewer than %d of %d would do", quorum(n), n)
	}
}

func TestTheFirstAnswerOfAServerStands(t *testing.T) {
	votes := tally{"n1": true}
	votes.record("n2", false)
	votes.record("n2", true)
	votes.record("n3", true)
	votes.record("n3", true)
	granted, refused := votes.count(NewConfiguration(Server{ID: "n1"}, Server{ID: "n2"}, Server{ID: "n3"}))
	require.Equal(t, 2, granted)
	require.Equal(t, 1, refused)
}

// configurationOf draws servers of which some are learners.
func configurationOf(t *rapid.T) Configuration {
	var servers []Server
	for i := range rapid.IntRange(0, 9).Draw(t, "servers") {
		servers = append(servers, Server{ID: ID(rune('a' + i)), Learner: rapid.Bool().Draw(t, "learner")})
	}
	return NewConfiguration(servers...)
}

func TestLearnersCountNowhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := configurationOf(t)
		votes, values := tally{}, map[ID]uint64{}
		granted, refused := 0, 0
		var reached []uint64
		for _, s := range c.Servers {
			values[s.ID] = rapid.Uint64Range(0, 8).Draw(t, "value")
			vote := rapid.SampledFrom([]string{"yes", "no", "none"}).Draw(t, "vote")
			if vote != "none" {
				votes.record(s.ID, vote == "yes")
			}
			if s.Learner {
				continue
			}
			reached = append(reached, values[s.ID])
			switch vote {
			case "yes":
				granted++
			case "no":
				refused++
			}
		}
		votes.record("a stranger", true)
		gotGranted, gotRefused := votes.count(c)
		require.Equal(t, []int{granted, refused, len(reached)}, []int{gotGranted, gotRefused, c.Voters()})
		slices.Sort(reached)
		slices.Reverse(reached)
		want := uint64(0)
		if n := len(reached); n > 0 {
			want = reached[n/2]
		}
		require.Equal(t, want, c.agreed(func(id ID) uint64 { return values[id] }))
	})
}

func TestMajoritiesBeforeAndAfterAChangeOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := configurationOf(t)
		change := Change{
			Kind:   rapid.SampledFrom([]ChangeKind{AddServer, RemoveServer, promoteServer}).Draw(t, "kind"),
			Server: Server{ID: ID(rune('a' + rapid.IntRange(0, 9).Draw(t, "server"))), Addr: "host:1"},
		}
		if _, member := before.Find(change.Server.ID); !member && change.Kind == promoteServer {
			t.Skip("nobody to promote")
		}
		after := before.apply(change)
		require.NoError(t, after.Validate())
		s, member := after.Find(change.Server.ID)
		require.Equal(t, change.Kind != RemoveServer, member)
		if change.Kind == AddServer {
			require.Equal(t, before.Voter(s.ID), after.Voter(s.ID), "added servers do not vote at once")
			require.Equal(t, "host:1", s.Addr)
		}
		both, either := 0, map[ID]bool{}
		for _, c := range []Configuration{before, after} {
			for _, s := range c.Servers {
				if !s.Learner {
					either[s.ID] = true
				}
			}
		}
		for id := range either {
			if before.Voter(id) && after.Voter(id) {
				both++
			}
		}
		if before.Voters() > 0 && after.Voters() > 0 {
			// The smallest majorities together are more than all voters of either.
			require.Greater(t, quorum(before.Voters())+quorum(after.Voters()), len(either))
			require.GreaterOrEqual(t, both, len(either)-1)
		}
	})
}
