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
	names, err := f.Targets.choose(v.sparing(func(d Damage) []history.NodeID { return d.Clocks }))
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", f, err)
	}
	f.Targets = Targets{Names: names}
	return f, nil
}

// Inject makes the clocks jump or changes their speed.
func (f Clock) Inject(ctx context.Context, c cluster.Cluster) error {
	if f.Rate != 0 {
		return f.rate(ctx, c, f.String(), f.Rate)
	}
	jump := func(clocks cluster.Clocks, ctx context.Context, nodes ...history.NodeID) error {
		return clocks.Jump(ctx, time.Duration(f.Jump), nodes...)
	}
	return hit(ctx, c, f.String(), jump, f.Targets)
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
	return hit(ctx, c, what, set, f.Targets)
}

// Damage returns the clocks. Their nodes run, so other faults may hit them as well.
func (f Clock) Damage() Damage { return Damage{Clocks: f.Targets.Names} }

func (f Clock) check() error {
	switch {
	case (f.Jump == 0) == (f.Rate == 0):
		return errors.New("clock takes either a jump, such as 500ms or -2s, or a rate in percent, such as 80")
	case f.Jump > Duration(timeMax) || f.Jump < -Duration(timeMax):
		return fmt.Errorf("jump: %s is not between -%s and %s", f.Jump, timeMax, timeMax)
	case f.Rate < 0 || f.Rate > rateMax || f.Rate == 100:
		return fmt.Errorf("rate: %d is not a percentage from 1 to %d other than 100, the true speed", f.Rate, rateMax)
	}
	return f.Targets.check()
}
