package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestTheQueueKeepsTimeAndThenTheOrderOfPushes compares it with a stable sort.
func TestTheQueueKeepsTimeAndThenTheOrderOfPushes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type pushed struct {
			at  time.Duration
			nth int
		}
		var q queue
		var want, got []pushed
		take := func() {
			at, e := q.pop()
			got = append(got, pushed{at, e.life})
			first := 0
			for i := range want {
				if want[i].at < want[first].at {
					first = i
				}
			}
			require.Equal(t, want[first], got[len(got)-1])
			want = slices.Delete(want, first, first+1)
		}
		for nth, at := range rapid.SliceOfN(rapid.IntRange(-1, 20), 1, 100).Draw(t, "times, or -1 to take one") {
			if at >= 0 {
				q.push(time.Duration(at), event{life: nth})
				want = append(want, pushed{time.Duration(at), nth})
			} else if len(want) > 0 {
				take()
			}
		}
		for len(want) > 0 {
			take()
		}
		_, more := q.next()
		require.False(t, more)
	})
}

func TestAClockRunsAtItsRateAndJumps(t *testing.T) {
	c := clock{rate: 1_500_000}
	require.Equal(t, 3*time.Second, c.at(2*time.Second))
	c.set(2*time.Second, 500_000, -time.Second)
	require.Equal(t, 2*time.Second, c.at(2*time.Second))
	require.Equal(t, 3*time.Second, c.at(4*time.Second))
	require.Equal(t, 2*time.Second, c.lasts(time.Second))
	require.Equal(t, 500*time.Hour+time.Second, c.at(1000*time.Hour), "no overflow")
}

func TestADrawDependsOnItsKeyAlone(t *testing.T) {
	require.Equal(t, draw(1, drawPacket, 2, 3, 4), draw(1, drawPacket, 2, 3, 4))
	seen := map[uint64]bool{}
	for seed := range uint64(3) {
		for p := drawReplica; p <= drawTick; p++ {
			for a := range uint64(3) {
				for n := range uint64(3) {
					seen[draw(seed, p, a, 7, n)] = true
				}
			}
		}
	}
	require.Len(t, seen, 3*int(drawTick)*3*3)

	d := dice(5)
	hits := 0
	for range 10_000 {
		got := d.between(3, 6)
		require.True(t, got >= 3 && got <= 6)
		if d.chance(2500) {
			hits++
		}
	}
	require.InDelta(t, 2500, hits, 250)
	require.False(t, d.chance(0))
	require.True(t, d.chance(10_000))
}
