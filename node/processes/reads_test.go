package processes

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/api"
)

func TestEveryNodeAnswersLinearizableAndLeaseReads(t *testing.T) {
	c := newCluster(t, 3, "--lease-reads").start()
	var writer *api.Client
	await(t, func() error {
		leader, s := c.awaitLeader(c.nodes...)
		if !s.Lease {
			return fmt.Errorf("%s leads without a lease", s.ID)
		}
		writer = leader.open(writerRetries)
		return nil
	})
	for _, consistency := range []api.Consistency{api.Linearizable, api.Lease} {
		for _, value := range []string{"1", "2", "3"} {
			_, err := writer.Put(t.Context(), "x", value)
			require.NoError(t, err)
			for _, n := range c.nodes {
				client := api.NewClient(n.client, api.Options{Forward: true, Retries: writerRetries, Consistency: consistency})
				reply, err := client.Get(t.Context(), "x")
				require.NoError(t, err)
				require.NoError(t, client.Close())
				require.Equal(t, value, reply.Value, "%s read of %s", consistency, n.id)
			}
		}
	}
}
