// Package storage keeps what a replica must find again after a restart: the log, the
// hard state and the key-value state. Pebble keeps it on disk; Memory, for tests and
// simulations, as long as the process lives, and can lose its power. WriteAll writes a
// replica's effects to either. It decides nothing about consensus, and it never goes on after
// a disk failure. Start at Open.
package storage
