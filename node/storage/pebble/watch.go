package pebble

import "github.com/cockroachdb/pebble/v2/vfs"

// watchedFS reports every write and sync that fails, before Pebble learns of it.
// Pebble answers some such errors with a panic whose message does not name the cause,
// and retries others in the background.
type watchedFS struct {
	vfs.FS
	report func(error)
}

func (fs watchedFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return fs.watch(fs.FS.Create(name, category))
}

func (fs watchedFS) OpenReadWrite(
	name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption,
) (vfs.File, error) {
	return fs.watch(fs.FS.OpenReadWrite(name, category, opts...))
}

func (fs watchedFS) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return fs.watch(fs.FS.ReuseForWrite(oldname, newname, category))
}

func (fs watchedFS) OpenDir(name string) (vfs.File, error) { return fs.watch(fs.FS.OpenDir(name)) }

// Unwrap returns the file system below, as Pebble's own wrappers do.
func (fs watchedFS) Unwrap() vfs.FS { return fs.FS }

func (fs watchedFS) watch(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return watchedFile{File: f, report: fs.report}, nil
}

type watchedFile struct {
	vfs.File
	report func(error)
}

func (f watchedFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	return n, f.check(err)
}

func (f watchedFile) WriteAt(p []byte, offset int64) (int, error) {
	n, err := f.File.WriteAt(p, offset)
	return n, f.check(err)
}

func (f watchedFile) Sync() error { return f.check(f.File.Sync()) }

func (f watchedFile) SyncData() error { return f.check(f.File.SyncData()) }

func (f watchedFile) SyncTo(length int64) (fullSync bool, err error) {
	fullSync, err = f.File.SyncTo(length)
	return fullSync, f.check(err)
}

func (f watchedFile) check(err error) error {
	if err != nil {
		f.report(err)
	}
	return err
}
