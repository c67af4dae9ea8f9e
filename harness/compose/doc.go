// Package compose writes a docker-compose.yml for a cluster of senkei nodes that
// somebody wants to play with by hand. It starts nothing, and `senkei heal` leaves what
// is started from it alone. Start at Write.
package compose
