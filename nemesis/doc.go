// Package nemesis describes faults as data: what a fault is, whom it hits, when. Planning and
// binding are pure; only Inject and Heal touch a cluster, through its capabilities. The package
// reads no clock and starts nothing: the harness decides when a step is due.
//
// fault.go has the contract of a fault, kind.go that of a kind and the table of kinds. One file
// holds all that is known of a kind:
//
//	kill, pause, power     processes stopped, frozen, stopped without what was not synced
//	partition, traffic     links cut, links worse than usual
//	member, transfer       members removed, the leadership handed over
//	replace, disk, clock   servers lost with their disks, disks in trouble, wrong clocks
//
// Shared by several kinds: targets.go (who is hit), links.go, shapes.go (which links a partition
// cuts), duration.go, budget.go (what a store need not survive), act.go (how a fault acts through
// a capability).
//
// step.go and schedule.go read and write schedules, shallow.go refuses hostile YAML before that,
// and expect.go has the words for what must be observed. plan.go draws a schedule from a seed,
// draw.go is what kinds draw from.
//
// To add a kind, write its file, call Describe in it, and add a row to the table; rolling_test.go
// does so from another package.
package nemesis
