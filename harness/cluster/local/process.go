package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"senkei/harness/cluster/live"
)

// verifyWithin is how long a signal may take to be seen in force, verifyEvery how often one looks.
const (
	verifyWithin = 10 * time.Second
	verifyEvery  = time.Millisecond
)

// process is one life of a node, from start to exit.
type process struct {
	pid  int
	done chan struct{} // closed when it has exited and was reaped

	// mu keeps the process from being reaped, and so its id from being reused,
	// while a signal is sent.
	mu     sync.Mutex
	exited bool
	killed bool   // by us
	status string // how it exited; set before done is closed
}

// spawn starts cmd in a session of its own, which a Ctrl-C at the terminal does not reach.
// A mere process group of its own would not do: when this process ends, the kernel wakes a
// stopped process that its group leaves orphaned, and ends it with SIGHUP.
func spawn(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{pid: cmd.Process.Pid, done: make(chan struct{})}
	go p.reap(cmd)
	return p, nil
}

// reap ends with the process, which Cluster.Close kills and waits for.
func (p *process) reap(cmd *exec.Cmd) {
	for {
		err := unix.Waitid(unix.P_PID, p.pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	p.mu.Lock()
	_ = cmd.Wait() // the exit status is in ProcessState
	p.exited = true
	p.status = cmd.ProcessState.String()
	p.mu.Unlock()
	close(p.done)
}

func (p *process) running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.exited
}

// onItsOwn says how the process exited, and false while it runs or if it was killed.
func (p *process) onItsOwn() (status string, crashed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status, p.exited && !p.killed
}

func (p *process) signal(sig unix.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.exited {
		return os.ErrProcessDone
	}
	p.killed = p.killed || sig == unix.SIGKILL
	return os.NewSyscallError("kill", unix.Kill(-p.pid, sig))
}

// kill returns when the process is gone.
func (p *process) kill(ctx context.Context) error {
	if err := p.signal(unix.SIGKILL); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, verifyWithin)
	defer cancel()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("process %d outlives SIGKILL: %w", p.pid, ctx.Err())
	}
}

// pause returns when all threads stand still.
func (p *process) pause(ctx context.Context) error {
	if err := p.signal(unix.SIGSTOP); err != nil {
		return err
	}
	return p.await(ctx, func(stopped, threads int) bool { return stopped == threads })
}

// resume returns when no thread stands still.
func (p *process) resume(ctx context.Context) error {
	if err := p.signal(unix.SIGCONT); err != nil {
		return err
	}
	return p.await(ctx, func(stopped, _ int) bool { return stopped == 0 })
}

// await waits until the number of stopped threads, of all threads, is right.
func (p *process) await(ctx context.Context, right func(stopped, threads int) bool) error {
	return live.Poll(ctx, verifyWithin, verifyEvery, func(context.Context) error {
		stopped, threads, err := countThreads(p.pid)
		switch {
		case !p.running():
			return live.Final{Err: os.ErrProcessDone}
		case err == nil && !right(stopped, threads):
			err = fmt.Errorf("%d of %d threads are stopped", stopped, threads)
		}
		return err
	})
}

func countThreads(pid int) (stopped, threads int, err error) {
	all, err := procfs.AllThreads(pid)
	if err != nil {
		return 0, 0, err
	}
	for _, thread := range all {
		stat, err := thread.Stat()
		if err != nil { // it ended meanwhile
			return 0, 0, err
		}
		if stat.State == "T" {
			stopped++
		}
	}
	return stopped, len(all), nil
}
