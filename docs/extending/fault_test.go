package extending

import (
	"context"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/nemesis"
)

// Rolling is a fault: it kills and restarts its targets one after the other, as an upgrade does.
type Rolling struct {
	Targets nemesis.Targets `yaml:"targets" json:"targets"`
}

var rolling = nemesis.Describe[Rolling](nemesis.Kind{
	Summary:    "the targets killed and restarted one after the other",
	Example:    "{at: 3s, for: 0s, fault: rolling, targets: all}",
	Parameters: []nemesis.Parameter{nemesis.TargetsParameter(nemesis.AnySpec...)},
	NodesMin:   2,
	TooFew:     "a single node has none after it",
	Draw:       func(d *nemesis.Draws) nemesis.Fault { return Rolling{d.Targets()} },
})

func (Rolling) Kind() string { return "rolling" }

func (f Rolling) String() string { return "restart " + f.Targets.String() + " in turn" }

func (f Rolling) Check() error { return f.Targets.Check() }

func (Rolling) Needs() []cluster.Capability { return []cluster.Capability{cluster.CanKill} }

func (f Rolling) Bind(v nemesis.View) (nemesis.Fault, error) {
	var err error
	f.Targets, err = f.Targets.Bind(v)
	return nemesis.Bound(f, err)
}

func (f Rolling) Inject(ctx context.Context, c cluster.Cluster) error {
	return nemesis.Hit(ctx, c, f.String(), func(k cluster.Killer, ctx context.Context, nodes ...history.NodeID) error {
		for _, n := range nodes {
			if err := k.Kill(ctx, n); err != nil {
				return err
			}
			if err := k.Restart(ctx, n); err != nil {
				return err
			}
		}
		return nil
	}, f.Targets)
}

func (f Rolling) Heal(ctx context.Context, c cluster.Cluster) error {
	return nemesis.Hit(ctx, c, "heal "+f.String(), cluster.Killer.Restart, f.Targets)
}

func (f Rolling) Damage() nemesis.Damage {
	return nemesis.Damage{Nodes: f.Targets.Names, Momentary: true}
}
