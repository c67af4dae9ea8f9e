// Package harness runs a test: it starts a cluster, drives clients, injects and heals
// faults, reads everything once more and judges the recorded history. It knows no
// concrete system, runtime or workload; cmd/senkei puts those together. Start at Run
// and Judge: the run directory is all that passes between them.
package harness
