// Package clustertest is the contract that every runtime must keep, as a test suite, and a
// small store for it to run: each node keeps one register of its own and counts aloud to its
// peers, so that a test can see who hears whom. It tests no store and no checker. Start at
// Run.
//
//	suite.go    Subject and Run: the contract, a test a sentence
//	fixture.go  a running cluster in the hands of one test
//	hearing.go  what a store shows of who hears whom
//	system.go   the store as a system; echonode is its node
package clustertest
