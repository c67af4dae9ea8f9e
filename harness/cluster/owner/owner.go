// Package owner names the harness process to which the nodes, containers and
// directories of a run belong, so that a later `senkei heal` can tell what a dead run
// left behind from what a living one uses. It stops and removes nothing. Start at
// Self.
package owner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/prometheus/procfs"
)

// Self identifies this process among all that run, and ever ran, since the machine
// was booted: its id and, because ids are reused, the time it was started, in clock
// ticks since boot. It panics where /proc cannot be read.
var Self = sync.OnceValue(func() string {
	started, err := startTime(os.Getpid())
	if err != nil {
		panic(fmt.Sprintf("owner: %v", err))
	}
	return fmt.Sprintf("%d:%d", os.Getpid(), started)
})

// Alive reports whether the process that Self identified as id still runs. In doubt,
// also about an id that Self never returned, it does.
func Alive(id string) bool {
	pid, started, ok := strings.Cut(id, ":")
	if !ok {
		return true
	}
	number, err := strconv.Atoi(pid)
	if err != nil || number < 1 {
		return true
	}
	now, err := startTime(number)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	return err != nil || strconv.FormatUint(now, 10) == started
}

// startTime fails with fs.ErrNotExist if there is no such process. A zombie counts as
// none: it runs no code any more, however long its parent leaves it unreaped.
func startTime(pid int) (uint64, error) {
	proc, err := procfs.NewProc(pid)
	if err != nil {
		return 0, err
	}
	stat, err := proc.Stat()
	if err != nil {
		return 0, err
	}
	if stat.State == "Z" || stat.State == "X" {
		return 0, fmt.Errorf("process %d has ended: %w", pid, fs.ErrNotExist)
	}
	return stat.Starttime, nil
}
