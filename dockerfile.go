// Package senkei holds the one file of the repository's root that the binaries carry.
package senkei

import _ "embed"

// Dockerfile builds the images of a node and of its agent, as its targets node and
// agent. Its context is a tree with the two static binaries in bin/.
//
//go:embed Dockerfile
var Dockerfile string
