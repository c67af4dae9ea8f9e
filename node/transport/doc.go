// Package transport carries frames between the servers of a cluster over TCP, or over
// mutual TLS where Config.Security is given. Frames of one connection arrive whole and in
// order; a frame may be lost, as in any network that Raft is made for, but this package
// delivers none twice. It neither looks into frames nor keeps them for a server that cannot
// be reached, and without TLS it authenticates nobody. Start at Transport.
//
//	transport.go  Config and Transport
//	peers.go      who the other servers are, and frames for them
//	outgoing.go   one connection to a peer: dial, greet, write, again
//	incoming.go   accepted connections: greeting, frames, limits
//	queue.go      frames that wait for a peer, bounded in number and size
//	frame.go      the framing of a connection
//	hello.go      the greeting, which names cluster, sender and receiver
//	security.go   mutual TLS
//	socket_*.go   socket options of Linux, and none elsewhere
package transport
