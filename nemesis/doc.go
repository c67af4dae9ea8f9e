// Package nemesis describes faults as data: what a fault is, whom it hits, when.
// Planning and binding are pure; only Inject and Heal touch a cluster, through its
// capabilities. It reads no clock and starts nothing: the harness decides when a
// step is due. Start at Schedule and Fault.
package nemesis
