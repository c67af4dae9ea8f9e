// Package server runs one replica for real: it feeds it what comes from sockets and from
// the clock and carries out the effects on disk and network. It contains no protocol
// logic; what may be sent or answered when, the replica says by the order of its effects.
// Start at Server.Run and, for the order of things, at loop.go.
package server
