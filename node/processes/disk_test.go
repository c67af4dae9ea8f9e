package processes

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"senkei/node/api"
)

func TestANodeWhoseDiskIsFullStopsAndComesBackOnceThereIsRoom(t *testing.T) {
	for _, role := range []string{"follower", "leader"} {
		t.Run(role, func(t *testing.T) {
			dir := t.TempDir()
			resize := mount(t, dir, "48m")
			c := newCluster(t, 3)
			small := c.nodes[0]
			small.data = dir
			c.start()
			c.lead(c.nodes[map[string]int{"leader": 0, "follower": 1}[role]])

			load := c.load(3)
			load.ask(c.others(small)...)
			filled := c.fill(small)
			require.Equal(t, 1, small.exitCode(), small.lastWords())
			require.Contains(t, small.said(), "no space left on device")
			require.Contains(t, small.said(), "senkei-node: disk failed: ")
			require.Contains(t, small.said(), "storage in "+small.data)
			require.NotContains(t, small.said(), "panic")
			load.awaitProgress(300)

			resize("1g")
			small.start()
			c.awaitCaughtUp(small, c.nodes[1])
			load.awaitProgress(300)
			load.verify()
			c.awaitAgreement()
			client := small.open(writerRetries)
			for _, key := range filled {
				reply, err := client.Get(t.Context(), key)
				require.NoError(t, err)
				require.True(t, reply.Found, "%s was acknowledged", key)
			}
			t.Logf("%d values fitted on the disk", len(filled))
		})
	}
}

// mount puts a file system of its own, in memory, on a directory, and returns what changes
// its size. It must be called before newCluster, so that it is undone after the nodes are.
func mount(t *testing.T, dir, size string) (resize func(size string)) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk to fill")
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk to fill cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount(dir, 0)) })
	return func(size string) {
		require.NoError(t, unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size="+size))
	}
}

// lead makes a node the leader.
func (c *cluster) lead(n *node) {
	c.t.Helper()
	leader, _ := c.awaitLeader(c.nodes...)
	if leader != n {
		_, err := leader.open(writerRetries).TransferLeadership(c.t.Context(), n.id)
		require.NoError(c.t, err)
	}
	c.awaitAgreement()
}

// fill writes large values until a node has ended, and returns the keys of those that were
// acknowledged.
func (c *cluster) fill(n *node) (keys []string) {
	c.t.Helper()
	const (
		valueBytes = 256 << 10
		valuesMax  = 1000
	)
	value := strings.Repeat("x", valueBytes)
	client := c.others(n)[0].open(writerRetries)
	for i := range valuesMax {
		select {
		case <-n.exited:
			return keys
		default:
		}
		key := fmt.Sprintf("large-%d", i)
		_, err := client.Put(c.t.Context(), key, value)
		if err == nil {
			keys = append(keys, key)
			continue
		}
		require.True(c.t, excuses[api.CodeOf(err)], "%v", err)
	}
	require.Fail(c.t, "the disk does not fill up")
	return nil
}
