package cluster

import (
	"context"
	"time"

	"senkei/history"
)

// The capabilities below disturb what a node runs on. They are as optional as the others.

// PowerCutter cuts the power of nodes: they stop as by Kill, and of what they wrote and had
// not synced, any end may be lost. Killer.Restart starts them again.
type PowerCutter interface {
	CutPower(ctx context.Context, nodes ...history.NodeID) error
}

// Clocks disturbs what nodes take for the time. Jump moves clocks at once, ahead or
// (negative) back. Rate lets clocks run at percent/100 of true speed; 100 heals.
type Clocks interface {
	Jump(ctx context.Context, by time.Duration, nodes ...history.NodeID) error
	Rate(ctx context.Context, percent int, nodes ...history.NodeID) error
}

// DiskTrouble is one way in which a disk lets its node down.
type DiskTrouble string

const (
	// DiskSlow means that every sync takes many times as long.
	DiskSlow DiskTrouble = "slow"
	// DiskStalled means that no write ends before the trouble does.
	DiskStalled DiskTrouble = "stalled"
	// DiskFailing means that the next write fails with an I/O error. The node will stop;
	// the cure restarts it.
	DiskFailing DiskTrouble = "failing"
	// DiskFull means that every write fails for want of space. The node will stop; the cure
	// restarts it.
	DiskFull DiskTrouble = "full"
	// DiskRotten means that a stored log entry is damaged, which the node notices when it
	// starts next and then refuses to. The cure replaces it, as Replacer does.
	DiskRotten DiskTrouble = "rotten"
)

// Disks brings trouble to the disks of nodes and ends it. A disk is in one trouble at a
// time. Cure returns when the nodes serve again, and leaves sound disks alone, so that a
// heal can be repeated.
type Disks interface {
	Trouble(ctx context.Context, how DiskTrouble, nodes ...history.NodeID) error
	Cure(ctx context.Context, how DiskTrouble, nodes ...history.NodeID) error
}

// Traffic is how a link treats what is sent over it while it is shaped.
type Traffic struct {
	Delay, Jitter            time.Duration // on top of the usual; Jitter is the most that is drawn on top of Delay
	Loss, Duplicate, Reorder int           // percent of the messages, 0 to 100
}

// Shaper worsens links, which goes on beside any cut. Shape names only links that are not
// shaped. Unshape leaves links that are not shaped alone, so that a heal can be repeated.
type Shaper interface {
	Shape(ctx context.Context, links []Link, t Traffic) error
	Unshape(ctx context.Context, links []Link) error
}
