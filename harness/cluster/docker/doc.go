// Package docker runs a cluster in containers. Every node is a pair: the net container
// owns the network namespace, publishes the ports on 127.0.0.1 and runs the agent,
// which cuts links; the node container joins that namespace without any privilege and
// keeps its data in a volume. So a node can be killed, paused and restarted while its
// address and its cuts stay. It speaks to the daemon only through its API, never pulls
// an image, and touches nothing that does not carry its labels. Start at Runtime.Start;
// Heal removes what a dead harness left behind.
//
//	runtime.go  Options, Runtime: what is offered, and the start as a whole
//	start.go    the containers of a node, from the network to its first answer
//	image.go    the image that a launch starts from: present, built from a folder, or around a binary
//	cluster.go  Cluster: logs, Close, Detach
//	faults.go   kill, pause, cut
//	node.go     what is known of one pair of containers
//	remove.go   removal of a run, and Heal
package docker
