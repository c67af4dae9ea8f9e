// Package replica is one node of the store without its I/O: raft, the key-value state
// and the clients that wait. It is a deterministic machine, inputs in and effects out;
// the server drives it with sockets and disks, a simulator with virtual ones. It reads
// no clock, starts no goroutine and draws randomness only from its seed. Start at
// Replica.Step.
package replica
