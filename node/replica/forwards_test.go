package replica

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/node/kv"
	"senkei/node/raft"
)

func TestAForwardThatComesAgainTakesNoEffectAgain(t *testing.T) {
	c := newCluster(t, 3)
	leader, follower := c.leader(), c.follower()
	first := c.request(follower, passedOn(put("k", "1")))
	repeated := c.mail[len(c.mail)-1].data
	c.run(20 * time.Millisecond)
	c.ok(first)
	second := c.request(leader, put("k", "2"))
	c.run(20 * time.Millisecond)
	c.ok(second)

	c.step(leader, Received{From: follower, Data: repeated})
	c.run(20 * time.Millisecond)
	read := c.request(leader, get("k"))
	c.run(20 * time.Millisecond)
	require.Equal(t, "2", c.ok(read).Value)
}

func TestAForwardThatWasRefusedIsNotTakenLater(t *testing.T) {
	c := newCluster(t, 3)
	leader, follower := c.leader(), c.follower()
	third := raft.None
	for _, id := range c.ids {
		if id != leader && id != follower {
			third = id
		}
	}
	f := forward{Nonce: 2, First: 1, Term: 2, Command: &kv.Command{Op: kv.Put, Key: "k", Value: "late"}}
	c.step(third, Received{From: follower, Data: encode(envelope{Forward: &f})})
	c.run(20 * time.Millisecond) // it does not lead, says so, and the sender asks another
	c.request(leader, Request{Transfer: &Transfer{To: third}})
	c.run(time.Second)
	require.Equal(t, raft.Leader, c.replicas[third].Status().Role)

	c.step(third, Received{From: follower, Data: encode(envelope{Forward: &f})})
	c.run(20 * time.Millisecond)
	read := c.request(third, get("k"))
	c.run(20 * time.Millisecond)
	require.False(t, c.ok(read).Found)
}

// TestSeenForwardsAgainstASet compares the window with a plain set of numbers.
func TestSeenForwardsAgainstASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var window seenOfLife
		seen, latest := map[uint64]bool{}, uint64(0)
		steps := rapid.SliceOfN(rapid.Uint64Range(0, 3*seenMax), 1, 200).Draw(t, "numbers")
		for _, step := range steps {
			number := latest + 5 - min(latest+5, step) + 1
			if step%7 == 0 {
				number = latest + step + 1
			}
			want := seen[number] || number+seenMax <= latest
			require.Equal(t, want, window.repeated(number), "number %d after %d", number, latest)
			seen[number], latest = true, max(latest, number)
		}
	})
}
