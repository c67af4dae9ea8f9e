package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	watchEvery = 20 * time.Millisecond
	// graceOfTrial is how much longer than its limit a check may take to notice it.
	graceOfTrial = 3 * time.Second
)

// inProcess runs the trial in a process of its own, which it kills at a limit that the
// checker does not keep.
func (t trial) inProcess(ctx context.Context) (outcome, error) {
	binary, err := os.Executable()
	if err != nil {
		return outcome{}, err
	}
	text, err := json.Marshal(t)
	if err != nil {
		return outcome{}, err
	}
	cmd := exec.CommandContext(ctx, binary, trialCommand, string(text))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return outcome{}, err
	}
	if err := cmd.Start(); err != nil {
		return outcome{}, fmt.Errorf("%s: start %s: %w", t.Row, t.Checker, err)
	}
	o, killed, err := t.watch(cmd.Process, json.NewDecoder(out))
	_, _ = io.Copy(io.Discard, out)
	ended := cmd.Wait()
	if ctx.Err() != nil {
		return outcome{}, ctx.Err()
	}
	if !killed && (err != nil || ended != nil) {
		return outcome{}, fmt.Errorf("%s: %s gave no result (%v): %s", t.Row, t.Checker, ended, firstLine(said.String()))
	}
	return o, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// watch returns what the process says in the end, or that it had to be killed.
func (t trial) watch(process *os.Process, says *json.Decoder) (o outcome, killed bool, err error) {
	var ready readiness
	if err := says.Decode(&ready); err != nil {
		return outcome{}, false, err
	}
	began := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- says.Decode(&o) }() // ends with the process, which each way below waits for
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var peak int64
	for {
		select {
		case err := <-ended:
			return o, false, err
		case <-tick.C:
		}
		var beyond bound
		took := time.Since(began)
		if resident, err := statusBytes(process.Pid, "VmRSS"); err == nil { // else it has ended
			peak = max(peak, resident-ready.ResidentB)
		}
		switch {
		case peak > t.MemoryBytes:
			beyond = inMemory
		case took > t.Limit+graceOfTrial:
			beyond = inTime
		default:
			continue
		}
		_ = process.Kill() // an error means that it is gone
		<-ended
		return outcome{Verdict: none, Beyond: beyond, Seconds: took.Seconds(), PeakB: peak}, true, nil
	}
}
