//go:build !linux

package transport

import "syscall"

// setUserTimeout does nothing where TCP_USER_TIMEOUT is not to be had; there the
// system's own retransmission timeout decides when a connection is given up.
func setUserTimeout(_, _ string, _ syscall.RawConn) error { return nil }
