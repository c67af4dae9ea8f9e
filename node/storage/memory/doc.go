// Package memory keeps a replica's data in memory, for tests and simulations: the twin of
// package pebble, which can lose its power. Start at New.
//
//	memory.go  Store: the calls, what of them is durable, PowerLoss and Rot
//	image.go   image: what a disk holds, and what one call writes to it
package memory
