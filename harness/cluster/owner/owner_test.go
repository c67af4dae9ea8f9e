package owner_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/prometheus/procfs"
	"github.com/stretchr/testify/require"

	"senkei/harness/cluster/owner"
)

func TestThisProcessIsAlive(t *testing.T) {
	require.Regexp(t, fmt.Sprintf(`^%d:\d+$`, os.Getpid()), owner.Self())
	require.True(t, owner.Alive(owner.Self()))
}

func TestAReusedProcessIDIsNotTheOwner(t *testing.T) {
	require.False(t, owner.Alive(fmt.Sprintf("%d:1", os.Getpid())))
}

func TestAnEndedProcessIsDeadBeforeAndAfterItIsReaped(t *testing.T) {
	cmd := exec.Command("cat")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	proc, err := procfs.NewProc(cmd.Process.Pid)
	require.NoError(t, err)
	stat, err := proc.Stat()
	require.NoError(t, err)
	id := fmt.Sprintf("%d:%d", cmd.Process.Pid, stat.Starttime)
	require.True(t, owner.Alive(id))

	require.NoError(t, stdin.Close())
	for stat.State != "Z" {
		stat, err = proc.Stat()
		require.NoError(t, err)
	}
	require.False(t, owner.Alive(id))
	require.NoError(t, cmd.Wait())
	require.False(t, owner.Alive(id))
}

func TestAnIdentityNobodyHasGivenIsTakenForAlive(t *testing.T) {
	for _, id := range []string{"", "7", "x:7", "-1:7", "0:7"} {
		require.True(t, owner.Alive(id), id)
	}
}
