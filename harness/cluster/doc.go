// Package cluster says what the harness needs of a runtime and of a system under
// test. It holds interfaces and no behaviour; runtimes live in the folders below it
// and systems in harness/systems. Start at Runtime and Cluster.
package cluster
