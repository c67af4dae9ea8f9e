// Package explore follows every future of a small Raft cluster, up to a number of actions:
// whatever order messages arrive in, whichever of them are lost, whoever times out or crashes.
// It drives the very core that nodes run, package raft, and checks on every state what the paper
// promises. It reads no clock and prints nothing. Start at Run.
//
// It is fast because a state is a few numbers: what servers and sets of messages there are is
// kept in tables, and what an action makes of a server is worked out once (world.go). Where
// futures are left out, it is said why nothing is lost by that: action.go, server.go, world.go.
package explore
