package local

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// port is a TCP port of 127.0.0.1 that no other process gets, whether a node listens
// on it or is dead: it stays bound by a socket that never listens. A listener with
// SO_REUSEADDR, which servers set to restart at once, may bind beside it, and only the
// kernel's choice of ports passes it by. Nothing that dials a dead node can therefore
// reach a stranger, or itself.
type port struct {
	fd     int
	number int
}

func reserve() (port, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return port{}, os.NewSyscallError("reserve a port: socket", err)
	}
	number, err := bind(fd)
	if err != nil {
		_ = unix.Close(fd)
		return port{}, fmt.Errorf("reserve a port: %w", err)
	}
	return port{fd, number}, nil
}

func bind(fd int) (int, error) {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return 0, os.NewSyscallError("setsockopt", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, os.NewSyscallError("bind", err)
	}
	addr, err := unix.Getsockname(fd)
	if err != nil {
		return 0, os.NewSyscallError("getsockname", err)
	}
	return addr.(*unix.SockaddrInet4).Port, nil
}

func (p port) String() string { return fmt.Sprintf("127.0.0.1:%d", p.number) }

func (p port) release() { _ = unix.Close(p.fd) }
