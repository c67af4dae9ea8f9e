// Package pebble keeps a replica's data on disk, in a Pebble database. It never goes on after
// a failure of the disk. Start at Open.
//
//	pebble.go   Store: every call is one batch, synced or not
//	layout.go   the keys, and the values that have a layout of their own
//	format.go   the version of that layout, checked when a directory is opened
//	staging.go  a snapshot beside the state: generations of keys
//	decoder.go  records in, what a restart finds out
//	failure.go  the first failure, after which nothing succeeds
//	watch.go    a file system that reports each failed write and sync
//	tuning.go   Pebble's options
package pebble
