// Package storage says what a replica must find again after a restart, the log, the hard
// state and the key-value state, and what a store of them guarantees. It decides nothing about
// consensus, and no store goes on after a failure of its disk.
//
//	storage.go   Store and Writer, the contract
//	write.go     WriteAll carries out a replica's effects in groups: one sync for many clients
//	extent.go    Extent refuses what does not fit to what is there, the same for every store
//	recover.go   Recover says what a restart makes of what it reads
//	pebble/      a Store on disk
//	memory/      a Store in memory, for tests and simulations, that can lose its power
//	storagetest/ what the tests of all of them write
//
// The tests of this package hold both stores to one oracle: what memory says that a crash may
// leave is what a crash of Pebble does leave.
package storage
