package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// hearing is the last number that each peer has sent.
type hearing struct {
	mu   sync.Mutex
	last map[string]uint64
}

func (h *hearing) from(peer string) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last[peer]
}

func (h *hearing) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go h.listen(conn)
	}
}

// listen reads lines such as "n2 17" and answers nothing: what one node tells another
// goes over the connection that it dialled itself.
func (h *hearing) listen(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		var peer string
		var number uint64
		if _, err := fmt.Sscanf(lines.Text(), "%s %d", &peer, &number); err != nil {
			log.Printf("hears %q: %v", lines.Text(), err)
			return
		}
		h.mu.Lock()
		h.last[peer] = number
		h.mu.Unlock()
	}
}

// count sends a number to the peer at addr every 20 ms. A number that cannot be sent
// is skipped.
func count(id, addr string) {
	dialer := net.Dialer{Timeout: 500 * time.Millisecond, Control: giveUpSoon}
	var conn net.Conn
	number := uint64(0)
	for range time.Tick(20 * time.Millisecond) {
		number++
		if conn == nil {
			c, err := dialer.Dial("tcp", addr)
			if err != nil {
				continue
			}
			conn = c
		}
		if _, err := fmt.Fprintf(conn, "%s %d\n", id, number); err != nil {
			conn.Close()
			conn = nil
		}
	}
}

// giveUpSoon makes a connection fail when what it sent is not acknowledged for 500 ms.
func giveUpSoon(_, _ string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 500)
	})
	if err != nil {
		return err
	}
	return failed
}
