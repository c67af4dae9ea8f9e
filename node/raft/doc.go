// Package raft is the consensus core: Raft as in Ongaro and Ousterhout's paper (USENIX
// ATC 2014) and Ongaro's thesis (2014), with PreVote (thesis §9.6), CheckQuorum
// (§6.2) and ReadIndex (§6.4). It does no I/O, reads no clock, starts no goroutine and
// draws randomness only from its seed. The caller feeds it messages and time, then
// collects what must be persisted and sent from Ready. Start at Raft.
//
// The names are those of Figure 2. Where the text says §, it means the paper, unless
// it says thesis.
package raft
