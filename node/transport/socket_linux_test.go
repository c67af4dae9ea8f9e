package transport

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestDialledSocketsGiveUpUnacknowledgedDataSoon(t *testing.T) {
	listener := reserve(t)
	conn, err := dialer.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	raw, err := conn.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	var timeoutMS, noDelay int
	require.NoError(t, raw.Control(func(fd uintptr) {
		timeoutMS, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
		require.NoError(t, err)
		noDelay, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY)
		require.NoError(t, err)
	}))
	require.Equal(t, 1000, timeoutMS)
	require.NotZero(t, noDelay)
	require.NoError(t, conn.Close())
	require.NoError(t, listener.Close())
}
