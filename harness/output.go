package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Output is a file that a command was asked to write. It takes the place only of what can be
// done without: of nothing, of an empty file, or of one that Senkei wrote for the same purpose.
type Output struct {
	Flag string // as it was given, such as "--certificate"
	Path string // empty where none is asked for
	// Mark is the text near the beginning of all files of this kind by which they are known.
	// Without one no file is replaced.
	Mark string
	// Inputs are the files that are being read: they are not replaced, under whatever name.
	Inputs []string
}

// markBytes is how far into a file its mark may stand.
const markBytes = 4096

// Validate says what is wrong with the place, so that a person learns of it before the work.
func (o Output) Validate() error {
	if o.Path == "" {
		return nil
	}
	_, _, err := o.target()
	return err
}

// Write writes the file whole or not at all, and nothing where none is asked for. Where ctx
// ends early the file stays as it was.
func (o Output) Write(ctx context.Context, write func(w io.Writer) error) error {
	if o.Path == "" {
		return nil
	}
	path, stream, err := o.target()
	if err != nil {
		return err
	}
	bound := func(w io.Writer) error { return write(boundWriter{ctx, w}) }
	if !stream {
		return WriteFile(path, bound)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(bound(f), f.Close())
}

// target returns where to write, behind all links, and whether that is no file but something
// to write into, such as a pipe.
func (o Output) target() (path string, stream bool, err error) {
	refuse := func(format string, args ...any) (string, bool, error) {
		return "", false, fmt.Errorf("%s %s: %s", o.Flag, o.Path, fmt.Sprintf(format, args...))
	}
	if dir, err := os.Stat(filepath.Dir(o.Path)); err != nil || !dir.IsDir() {
		return refuse("%s is no directory; make it before", filepath.Dir(o.Path))
	}
	if _, err := os.Lstat(o.Path); errors.Is(err, fs.ErrNotExist) {
		return o.Path, false, nil
	}
	if path, err = filepath.EvalSymlinks(o.Path); err != nil {
		return refuse("it is a link that leads nowhere; remove it or name another file")
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", false, err
	case info.IsDir():
		return refuse("it is a directory; name a file")
	case !info.Mode().IsRegular():
		return path, true, nil
	}
	for _, input := range o.Inputs {
		if read, err := os.Stat(input); err == nil && os.SameFile(info, read) {
			return refuse("it is the file %s that is being read; name another", input)
		}
	}
	if info.Size() > 0 && !o.known(path) {
		return refuse("it exists, and Senkei does not know it as a file of its own; remove it or name another file")
	}
	return path, false, nil
}

// known reports whether the file bears the mark.
func (o Output) known(path string) bool {
	f, err := os.Open(path)
	if err != nil || o.Mark == "" {
		return false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, markBytes))
	return err == nil && bytes.Contains(head, []byte(o.Mark))
}

// boundWriter is a writer that gives up once the context has ended.
type boundWriter struct {
	ctx context.Context
	w   io.Writer
}

func (b boundWriter) Write(text []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.w.Write(text)
}

// WriteFile writes a file so that a reader, or a crash, never meets half of it. What stood
// there is replaced; where it was a link, the link is.
func WriteFile(path string, write func(w io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".senkei-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
