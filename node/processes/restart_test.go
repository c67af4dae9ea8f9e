package processes

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// gapMax is far more than an election takes, and far less than a cluster that hangs.
const gapMax = 10 * time.Second

func TestARollingRestartOfFiveNodesLosesNoWriteAndRepeatsNone(t *testing.T) {
	c := newCluster(t, 5).start()
	load := c.load(6)
	load.awaitProgress(300)
	fresh := map[*node]bool{}
	led := 0
	for len(fresh) < len(c.nodes) {
		next, _ := c.awaitLeader(c.nodes...)
		if fresh[next] {
			for _, n := range c.nodes {
				if !fresh[n] {
					next = n
				}
			}
		} else {
			led++
		}
		next.stop()
		load.awaitProgress(300)
		next.start()
		fresh[next] = true
		c.awaitCaughtUp(next, c.others(next)[0])
		load.awaitProgress(300)
	}
	load.verify()
	c.awaitAgreement()
	require.Less(t, load.gap, gapMax)
	t.Logf("%d of the nodes led when they were restarted", led)
}
