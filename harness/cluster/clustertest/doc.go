// Package clustertest is the contract that every runtime with real nodes must keep, as
// a test suite, and a small store for it to run: each node keeps one register of its
// own and counts aloud to its peers, so that a test can see who hears whom. It tests
// no store and no checker. Start at Run.
package clustertest
