package nemesis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
)

// Clock makes the clocks of its targets wrong: either Jump or Rate is set.
type Clock struct {
	Targets Targets `yaml:"targets" json:"targets"`
	// Jump moves the clocks at once, ahead or (negative) back, up to 24 h. There is nothing
	// to heal then, and the step holds for 0s.
	Jump Duration `yaml:"jump,omitempty" json:"jump,omitempty"`
	// Rate is the speed of the clocks in percent of the true one, 1 to 1000. Healing makes
	// it 100 again; by how much they are wrong then stays.
	Rate int `yaml:"rate,omitempty" json:"rate,omitempty"`
}

const rateMax = 1000

var clockKind = Describe[Clock](Kind{
	Summary: "clocks of the targets jump, or run too fast or too slow",
	Example: "{at: 3s, for: 2s, fault: clock, targets: leader, rate: 80}",
	Parameters: []Parameter{
		TargetsParameter(AnySpec...),
		{"jump", "by how much the clocks jump ahead or, negative, back; the step holds for 0s", "-24h to 24h, without a rate"},
		{"rate", "the speed of the clocks in percent of the true one", "1 to 1000 other than 100, without a jump"},
	},
	Draw: drawClock,
})

// drawClock draws a jump or, as often, a wrong speed. Both are far beyond what clocks do that
// are looked after: reads that rest on a round of messages must not care.
func drawClock(d *Draws) Fault {
	f := Clock{Targets: d.Targets()}
	if d.Rand.IntN(2) == 0 {
		rates := []int{20, 50, 80, 95, 105, 125, 200, 500}
		f.Rate = rates[d.Rand.IntN(len(rates))]
		return f
	}
	f.Jump = d.Milliseconds(50, 5000)
	if d.Rand.IntN(2) == 0 {
		f.Jump = -f.Jump
	}
	return f
}

// Kind returns "clock".
func (Clock) Kind() string { return "clock" }

// String returns for instance "clock: n1, n4 at 80% of true speed".
func (f Clock) String() string {
	switch {
	case f.Rate != 0:
		return fmt.Sprintf("clock: %s at %d%% of true speed", f.Targets, f.Rate)
	case f.Jump < 0:
		return fmt.Sprintf("clock: %s put back by %s", f.Targets, -time.Duration(f.Jump))
	default:
		return fmt.Sprintf("clock: %s put ahead by %s", f.Targets, time.Duration(f.Jump))
	}
}

// Bind names the targets.
func (f Clock) Bind(v View) (Fault, error) {
	var err error
	f.Targets, err = f.Targets.Bind(v.sparing(func(d Damage) []history.NodeID { return d.Clocks }))
	return Bound(f, err)
}

// Needs returns what sets clocks.
func (Clock) Needs() []cluster.Capability { return []cluster.Capability{cluster.CanSetClocks} }

// Inject makes the clocks jump or changes their speed.
func (f Clock) Inject(ctx context.Context, c cluster.Cluster) error {
	if f.Rate != 0 {
		return f.rate(ctx, c, f.String(), f.Rate)
	}
	jump := func(clocks cluster.Clocks, ctx context.Context, nodes ...history.NodeID) error {
		return clocks.Jump(ctx, time.Duration(f.Jump), nodes...)
	}
	return Hit(ctx, c, f.String(), jump, f.Targets)
}

// Heal lets the clocks run at true speed. A jump is not taken back.
func (f Clock) Heal(ctx context.Context, c cluster.Cluster) error {
	if f.Rate == 0 {
		return nil
	}
	return f.rate(ctx, c, "heal "+f.String(), 100)
}

func (f Clock) rate(ctx context.Context, c cluster.Cluster, what string, percent int) error {
	set := func(clocks cluster.Clocks, ctx context.Context, nodes ...history.NodeID) error {
		return clocks.Rate(ctx, percent, nodes...)
	}
	return Hit(ctx, c, what, set, f.Targets)
}

// Damage returns the clocks. Their nodes run, so other faults may hit them as well.
func (f Clock) Damage() Damage {
	return Damage{Clocks: f.Targets.Names, Momentary: f.Jump != 0}
}

// Check refuses what no cluster can have.
func (f Clock) Check() error {
	switch {
	case (f.Jump == 0) == (f.Rate == 0):
		return errors.New("clock takes either a jump, such as 500ms or -2s, or a rate in percent, such as 80")
	case f.Jump > Duration(timeMax) || f.Jump < -Duration(timeMax):
		return fmt.Errorf("jump: %s is not between -%s and %s", f.Jump, timeMax, timeMax)
	case f.Rate < 0 || f.Rate > rateMax || f.Rate == 100:
		return fmt.Errorf("rate: %d is not a percentage from 1 to %d other than 100, the true speed", f.Rate, rateMax)
	}
	return f.Targets.Check()
}
