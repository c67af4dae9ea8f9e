package processes

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func TestAFollowerThatMissed100000EntriesReturnsThroughASnapshot(t *testing.T) {
	const (
		missed  = 100_000
		clients = 64
		keys    = 50 // of each client
	)
	c := newCluster(t, 3).start()
	leader, before := c.awaitLeader(c.nodes...)
	away := c.others(leader)[0]
	away.kill()

	began := time.Now()
	var putting errgroup.Group
	for i := range clients {
		client := leader.open(writerRetries)
		putting.Go(func() error {
			for n := range missed/clients + 1 {
				if _, err := client.Put(t.Context(), fmt.Sprintf("key-%d-%d", i, n%keys), strconv.Itoa(n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, putting.Wait())
	_, after := c.awaitLeader(c.others(away)...)
	require.GreaterOrEqual(t, after.Commit-before.Commit, uint64(missed))
	require.Greater(t, after.FirstIndex, before.Commit, "the log no longer reaches back that far")
	t.Logf("%d entries in %v", after.Commit-before.Commit, time.Since(began).Round(time.Millisecond))

	began = time.Now()
	away.start()
	c.awaitAgreement()
	returned, err := away.status()
	require.NoError(t, err)
	require.Equal(t, uint64(1), returned.SnapshotsInstalled)
	require.GreaterOrEqual(t, returned.Applied, after.Applied)
	t.Logf("the follower was back after %v", time.Since(began).Round(time.Millisecond))

	_, err = away.open(writerRetries).Put(t.Context(), "key", "value")
	require.NoError(t, err)
	c.awaitAgreement()
}
