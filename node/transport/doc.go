// Package transport carries frames between the servers of a cluster over TCP, or over
// mutual TLS where Config.Security is given. Frames of one connection arrive whole and in
// order; a frame may be lost, as in any network that Raft is made for, but this package
// delivers none twice. It neither looks into frames nor keeps them for a server that cannot
// be reached, and without TLS it authenticates nobody. Start at Transport.
package transport
