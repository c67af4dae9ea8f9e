// Package server runs one replica for real: it feeds it what comes from sockets and from
// the clock and carries out the effects on disk and network. It contains no protocol
// logic; what may be sent or answered when, the replica says by the order of its effects.
// Start at Server.Run and, for the order of things, at loop.go.
//
//	server.go    Config and Server: start, run, close
//	loop.go      the loop: what has come, one Step, its effects in order
//	disk.go      writes beside the loop, in groups
//	requests.go  clients and peers hand in, the loop takes out
//	metrics.go   Prometheus metrics
//	trace.go     a line of JSON for each turn of events
package server
