// Package agent is the control port of a node's network namespace: which peers'
// packets are dropped on arrival. The agent process serves it inside the container
// and the Docker runtime calls it from outside; the kernel's part is behind Filter.
// It never changes a rule that it did not make. Start at Handler and Client.
package agent
