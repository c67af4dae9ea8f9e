// Package workloads says what clients do and what judges them: one workload a file.
// Generators are pure; a simulated clock drives them in tests and in the simulator,
// the run loop of the harness in real runs. Start at Workload and Generator.
package workloads
