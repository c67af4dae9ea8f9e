// Package sim runs the reference node's own code on virtual time: a single-threaded loop
// over events, a network, disks and clocks that can be disturbed, and clients. The same
// options and the same calls give the same run, byte for byte. It reads no clock, starts
// no goroutine, and draws nothing that does not follow from its seed. Start at World;
// Cluster makes one a cluster.Cluster for the run loop.
package sim
