// Package invariants watches a cluster of Senkei's nodes step by step and names the first
// rule of Raft, or of the store's contract with its clients, that is broken. It judges what
// servers send, write, apply and reply, and what their disks hold; it knows no client
// history, changes nothing, and takes over no logic of package raft. A group of rules is one
// file, a rule is one variable with its sentence and its place in the paper (Ongaro and
// Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014, extended version)
// or in the thesis (Ongaro, "Consensus: Bridging Theory and Practice", 2014). Start at
// Ledger.Stepped.
//
//	ledger.go      Ledger: what is known of each server, and the order of the judgements
//	mirror.go      the log of one server as its effects describe it
//	chain.go       what is committed, once for all: I4 state machine safety, I5 equal states
//	elections.go   I1 election safety, I3 leader completeness
//	logs.go        I2 log matching
//	durability.go  I6 monotone term, one vote; I8 durable before sent
//	progress.go    I7 monotone progress, I15 no unbounded growth
//	commits.go     I9 commitment by majority
//	members.go     I10 one configuration change at a time
//	snapshots.go   I11 snapshot content
//	clients.go     I12 fresh reads, I13 true replies, I14 exactly once
package invariants
