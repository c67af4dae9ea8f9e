// Package explore follows every future of a small Raft cluster, up to a number of actions:
// whatever order messages arrive in, whichever of them are lost, whoever times out or crashes.
// It drives the very core that nodes run, package raft, and checks on every state the
// safety properties of the paper (Figure 3). It reads no clock and prints nothing. Start at Run.
//
// It is fast because a state is a few numbers: what servers and sets of messages there are is
// kept in tables, and what an action makes of a server is worked out once (world.go). Where
// futures are left out, it is said why nothing is lost by that: action.go, server.go, world.go.
//
//	explore.go     Run: options and result
//	search.go      the explorer: its tables, and one breadth-first search
//	world.go       a state of the cluster, as numbers; which states are the same
//	action.go      what can happen next, and what need not be followed
//	server.go      one server: an action on the core, its writes, its crash
//	table.go       numbers for servers and sets of messages; fingerprints of states
//	describe.go    states as bytes, with the servers renamed
//	past.go        what must be remembered because servers forget it
//	invariants.go  what is checked on every state
//	trace.go       the way to a violation, for people
package explore
