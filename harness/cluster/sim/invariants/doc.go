// Package invariants watches a cluster of Senkei's nodes step by step and names the first
// rule of Raft, or of what the store promises its clients, that is broken. It judges what
// servers send, write, apply and answer, and what their disks hold; it knows no client
// history, changes nothing, and takes over no logic of package raft. A group of rules is one
// file, a rule is one variable with its sentence and its place in the paper (Ongaro and
// Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014, extended version)
// or in the thesis (Ongaro, "Consensus: Bridging Theory and Practice", 2014). Start at
// Ledger.Stepped.
package invariants
