// Package cluster says what the harness needs of a runtime and of a system under
// test. It holds interfaces and no behaviour; runtimes live in the folders below it
// and systems in harness/systems. Start at Runtime and Cluster.
//
//	cluster.go     Runtime and Cluster, and what most clusters can do: kill, pause, cut links
//	hardware.go    what few can: power, clocks, disks, bad links
//	capability.go  the names of all of that, and what a runtime offers before it starts
//	system.go      System: how a node is started and spoken to, and what it may tell
package cluster
