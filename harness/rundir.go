package harness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"senkei/checker"
	"senkei/history"
	"senkei/history/formats"
	"senkei/nemesis"
)

// Dir is the directory of one run. Every file in it is written whole, except the history
// and the observations, which grow while the run goes on.
type Dir string

// NewDir creates store/<name>/<time>/ and points store/latest to it.
func NewDir(store, name string, now time.Time) (Dir, error) {
	stamp := now.UTC().Format("20060102T150405.000Z")
	dir := Dir(filepath.Join(store, name, stamp))
	if err := os.MkdirAll(dir.NodeLogs(), 0o755); err != nil {
		return "", fmt.Errorf("create the run directory: %w", err)
	}
	latest := filepath.Join(store, "latest")
	if info, err := os.Lstat(latest); err == nil && info.Mode().Type() != fs.ModeSymlink {
		return "", fmt.Errorf("%s is no link to a run; move it away, or choose another store", latest)
	}
	temp := latest + "." + stamp
	if err := os.Symlink(filepath.Join(name, stamp), temp); err != nil {
		return "", fmt.Errorf("point %s to the run: %w", latest, err)
	}
	if err := os.Rename(temp, latest); err != nil {
		return "", errors.Join(fmt.Errorf("point %s to the run: %w", latest, err), os.Remove(temp))
	}
	return dir, nil
}

// NodeLogs is the folder of the nodes' logs.
func (d Dir) NodeLogs() string { return filepath.Join(string(d), "nodes") }

// History is the path of the recorded history, which is packed if its name ends in .zst.
func (d Dir) History() string {
	plain := filepath.Join(string(d), "history.jsonl")
	if _, err := os.Stat(plain + packedEnding); err == nil {
		return plain + packedEnding
	}
	return plain
}

const packedEnding = ".zst"

// record begins the history.
func (d Dir) record(packed bool) (*history.Recorder, error) {
	if packed {
		return formats.CreatePacked(d.History() + packedEnding)
	}
	return history.Create(d.History())
}

// ReadHistory reads the history, whatever of it a crash has left.
func (d Dir) ReadHistory() (history.History, error) {
	return formats.All().ReadFile(d.History(), formats.Options{Format: "jsonl"})
}

// Report is the path of the report for people.
func (d Dir) Report() string { return filepath.Join(string(d), "report.html") }

// Timeline is the path of Porcupine's own picture of one key.
func (d Dir) Timeline() string { return filepath.Join(string(d), "timeline.html") }

func (d Dir) observed() string { return filepath.Join(string(d), "observations.jsonl") }
func (d Dir) test() string     { return filepath.Join(string(d), "test.json") }
func (d Dir) result() string   { return filepath.Join(string(d), "result.json") }
func (d Dir) schedule() string { return filepath.Join(string(d), "schedule.yaml") }

// ReadTest returns what the run was asked to do.
func (d Dir) ReadTest() (Test, error) {
	var t Test
	if err := readJSON(d.test(), &t); err != nil {
		return Test{}, fmt.Errorf("%s is not a run directory: %w", d, err)
	}
	return t, nil
}

// ReadResult returns the verdict that was reached last. Where there is none, the error is
// fs.ErrNotExist; where the file holds something else, the error says the remedy.
func (d Dir) ReadResult() (Result, error) {
	r := Result{Report: d.Report()}
	err := readJSON(d.result(), &r)
	if errors.Is(err, fs.ErrNotExist) {
		return Result{}, err
	}
	if status := new(checker.Status); err == nil && (status.UnmarshalText([]byte(r.Verdict)) != nil || *status != r.Checks.Status) {
		err = fmt.Errorf("%s: it holds no verdict", d.result())
	}
	if err != nil {
		return Result{}, fmt.Errorf("this is not the result of a run: %w; `senkei check %s` makes it anew", err, d)
	}
	return r, nil
}

func (d Dir) writeTest(t Test) error { return WriteJSON(d.test(), t) }

func (d Dir) writeSchedule(s nemesis.Schedule) error {
	return WriteFile(d.schedule(), func(w io.Writer) error { return nemesis.WriteSchedule(w, s) })
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// WriteJSON writes a file, as WriteFile does, that people can read too.
func WriteJSON(path string, v any) error {
	return WriteFile(path, func(w io.Writer) error { return EncodeJSON(w, v) })
}

// EncodeJSON writes JSON that people can read too.
func EncodeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
