package bugs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// Overlay writes into dir a patched copy of each file that the bug changes in the source
// tree at root, and a file for go build -overlay that puts them in place; it returns the
// path of the latter. A patch that does not apply is an error that names the place.
func Overlay(root, name, dir string) (string, error) {
	bug, err := Get(name)
	if err != nil {
		return "", err
	}
	root, err = filepath.Abs(root)
	if err != nil {
		return "", err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for _, f := range bug.files {
		path := filepath.Join(root, filepath.FromSlash(f.OldName))
		patched, err := bug.patch(f, path)
		if err != nil {
			return "", err
		}
		replace[path] = filepath.Join(dir, strings.ReplaceAll(f.OldName, "/", "_"))
		if err := os.WriteFile(replace[path], patched, 0o644); err != nil {
			return "", err
		}
	}
	overlay, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "  ")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, overlay, 0o644)
}

func (b Bug) patch(f *gitdiff.File, path string) ([]byte, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("apply the patch %s: %w", b.Name, err)
	}
	if err := locate(f.TextFragments, string(source)); err != nil {
		return nil, fmt.Errorf("apply the patch %s to %s: %w", b.Name, f.OldName, err)
	}
	var patched bytes.Buffer
	if err := gitdiff.Apply(&patched, bytes.NewReader(source), f); err != nil {
		return nil, fmt.Errorf("apply the patch %s to %s: %w", b.Name, f.OldName, err)
	}
	return patched.Bytes(), nil
}

// locate points every hunk to where its old lines stand in the source. They must stand
// there exactly once; the line numbers of the patch do not matter, so that a change
// elsewhere in the file does no harm.
func locate(hunks []*gitdiff.TextFragment, source string) error {
	// With a line end in front, every line begins after one.
	source = "\n" + source
	for i, hunk := range hunks {
		old := "\n"
		for _, line := range hunk.Lines {
			if line.Old() {
				old += line.Line
			}
		}
		if hunk.OldLines == 0 {
			return fmt.Errorf("hunk %d (%s) has no line to recognise its place by", i+1, hunk.Header())
		}
		// Counting overlapping matches too, since each is a place.
		at, places := 0, 0
		for from := 0; ; {
			next := strings.Index(source[from:], old)
			if next < 0 {
				break
			}
			at = from + next
			from = at + 1
			places++
		}
		if places != 1 {
			return fmt.Errorf("hunk %d (%s): its old lines stand in the file %d times, not once", i+1, hunk.Header(), places)
		}
		hunk.OldPosition = int64(strings.Count(source[:at+1], "\n"))
	}
	return nil
}
