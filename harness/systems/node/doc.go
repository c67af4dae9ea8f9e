// Package node makes Senkei's own replicated store a system under test: how a node is
// started and how one client operation is put to it. It never repeats a request. Start at
// System.
package node
