package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"senkei/harness/cluster/live"
	"senkei/harness/cluster/owner"
)

// Every node has these in its environment.
const (
	envRun   = "SENKEI_RUN"   // the name of the run
	envOwner = "SENKEI_OWNER" // owner.Self of its harness
)

// A data directory is named tempPrefix, run, a random number, and holds ownerFile.
const (
	tempPrefix = "senkei-"
	ownerFile  = ".owner"
)

// Orphan is a node, still running, of a harness that does not run any more.
type Orphan struct {
	PID int
	Run string
}

// Orphans lists the orphans among those processes that this user may inspect.
func Orphans() ([]Orphan, error) {
	all, err := procfs.AllProcs()
	if err != nil {
		return nil, fmt.Errorf("look for orphans: %w", err)
	}
	var orphans []Orphan
	for _, proc := range all {
		if run, ok := orphanOf(proc); ok {
			orphans = append(orphans, Orphan{PID: proc.PID, Run: run})
		}
	}
	return orphans, nil
}

// orphanOf returns the run of an orphan. A process that has just ended, or belongs to
// somebody else, shows no environment and is none.
func orphanOf(proc procfs.Proc) (run string, ok bool) {
	environ, err := proc.Environ()
	if err != nil {
		return "", false
	}
	vars := map[string]string{}
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		vars[name] = value
	}
	run, ok = vars[envRun]
	return run, ok && vars[envOwner] != "" && !owner.Alive(vars[envOwner])
}

// Heal kills all orphans, waits until they are gone and removes the data directories
// of dead runs. It returns how many processes and directories that were, and tells
// log of each. It never touches a run whose harness is alive.
func Heal(ctx context.Context, log func(string)) (int, error) {
	return heal(ctx, func(string) bool { return true }, log)
}

// heal is restricted to the runs whose name is in scope.
func heal(ctx context.Context, scope func(run string) bool, log func(string)) (int, error) {
	orphans, err := Orphans()
	healed := 0
	for _, o := range orphans {
		if !scope(o.Run) {
			continue
		}
		if e := o.kill(ctx); e != nil {
			err = errors.Join(err, fmt.Errorf("kill process %d of run %s: %w", o.PID, o.Run, e))
			continue
		}
		healed++
		log(fmt.Sprintf("killed process %d of run %s", o.PID, o.Run))
	}
	dirs, e := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*"))
	err = errors.Join(err, e)
	for _, dir := range dirs {
		run, ok := abandoned(dir)
		if !ok || !scope(run) {
			continue
		}
		if e := os.RemoveAll(dir); e != nil {
			err = errors.Join(err, e)
			continue
		}
		healed++
		log("removed " + dir)
	}
	return healed, err
}

func (o Orphan) kill(ctx context.Context) error {
	process, err := os.FindProcess(o.PID)
	if err != nil {
		return err
	}
	defer func() { _ = process.Release() }()
	// From here on, process means the one that has the id now, which may not be
	// the one that was listed.
	if !o.exists() {
		return nil
	}
	if err := process.Signal(unix.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return live.Poll(ctx, verifyWithin, verifyEvery, func(context.Context) error {
		if o.exists() {
			return errors.New("it outlives SIGKILL")
		}
		return nil
	})
}

// exists is false for a process that has ended and is yet to be reaped: like one that
// is gone, it has no environment.
func (o Orphan) exists() bool {
	proc, err := procfs.NewProc(o.PID)
	if err != nil {
		return false
	}
	run, ok := orphanOf(proc)
	return ok && run == o.Run
}

// TempDir makes a temporary directory for a run, which the caller removes, or Heal once this
// process is dead. An error leaves nothing behind.
func TempDir(run string) (string, error) {
	name := tempPrefix + strings.ReplaceAll(run, string(filepath.Separator), "-") + "-*"
	dir, err := os.MkdirTemp("", name)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, ownerFile), []byte(owner.Self()+" "+run), 0o644); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// abandoned returns the run that a data directory belonged to, if its harness is dead.
func abandoned(dir string) (run string, ok bool) {
	text, err := os.ReadFile(filepath.Join(dir, ownerFile))
	if err != nil {
		return "", false
	}
	id, run, ok := strings.Cut(string(text), " ")
	return run, ok && !owner.Alive(id)
}
