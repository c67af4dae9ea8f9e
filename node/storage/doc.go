// Package storage keeps what a replica must find again after a restart: the log, the
// hard state and the key-value state. Pebble keeps it on disk, Memory for tests only
// as long as the process lives; both have the same methods. It decides nothing about
// consensus, and it never goes on after a disk failure. Start at Open.
package storage
