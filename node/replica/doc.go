// Package replica is one node of the store without its I/O: raft, the key-value state
// and the clients that wait. It is a deterministic machine, inputs in and effects out;
// the server drives it with sockets and disks, a simulator with virtual ones. It reads
// no clock, starts no goroutine and draws randomness only from its seed. Start at
// Replica.Step.
//
//	replica.go      Replica: one Step, and what of raft's Ready becomes which effect
//	io.go           all inputs and effects, requests and errors, Config and Status
//	requests.go     clients' requests from admission to reply, and their deadlines
//	reads.go        reads that a follower answers by a read index of the leader
//	forwards.go     requests passed on to the leader, carried out at most once
//	snapshot.go     chunks between raft and the store
//	wire.go         what replicas send each other, in CBOR
//	wire_append.go  the layout of Appends and their replies
//	describe.go     a message in words, for traces
package replica
