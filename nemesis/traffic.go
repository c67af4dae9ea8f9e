package nemesis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"senkei/harness/cluster"
)

// Traffic worsens all links to and from its targets, both ways: messages come late, or
// never, or twice, or not in the order in which they were sent.
type Traffic struct {
	Targets Targets `yaml:"targets" json:"targets"`
	// Delay and Jitter come on top of what is usual, up to a minute each.
	Delay  Duration `yaml:"delay,omitempty" json:"delay,omitempty"`
	Jitter Duration `yaml:"jitter,omitempty" json:"jitter,omitempty"`
	// Loss, Duplicate and Reorder are percentages of the messages, 0 to 100.
	Loss      int `yaml:"loss,omitempty" json:"loss,omitempty"`
	Duplicate int `yaml:"duplicate,omitempty" json:"duplicate,omitempty"`
	Reorder   int `yaml:"reorder,omitempty" json:"reorder,omitempty"`

	// links are those of the targets, sorted. Bind sets them.
	links []cluster.Link
}

const delayMax = time.Minute

var errNoLinks = errors.New("a single node has no links")

var trafficKind = Describe[Traffic](Kind{
	Summary: "messages to and from the targets late, lost, doubled or reordered",
	Example: "{at: 3s, for: 2s, fault: traffic, targets: all, delay: 20ms, loss: 10}",
	Parameters: []Parameter{
		TargetsParameter(AnySpec...),
		{"delay", "by how much every message is late, on top of the usual", "0s to 1m0s"},
		{"jitter", "the most that is drawn anew for each message on top of delay", "0s to 1m0s"},
		{"loss", "the share of the messages that never arrive, in percent", "0 to 100"},
		{"duplicate", "the share of the messages that arrive twice, in percent", "0 to 100"},
		{"reorder", "the share of the messages that are overtaken by later ones, in percent", "0 to 100"},
	},
	NodesMin: 2,
	TooFew:   errNoLinks.Error(),
	Draw:     drawTraffic,
})

// drawTraffic draws a network that is worse than usual: half of the time on all links, else on
// those of some nodes, and each of delay, loss, duplication and reordering half of the time.
func drawTraffic(d *Draws) Fault {
	f := Traffic{Targets: Targets{Spec: All}}
	if d.Rand.IntN(2) == 0 {
		f.Targets = d.Targets()
	}
	for f.shape() == (cluster.Traffic{}) {
		if d.Rand.IntN(2) == 0 {
			f.Delay, f.Jitter = d.Milliseconds(1, 100), d.Milliseconds(0, 100)
		}
		for _, percent := range []*int{&f.Loss, &f.Duplicate, &f.Reorder} {
			if d.Rand.IntN(2) == 0 {
				*percent = 1 + d.Rand.IntN(30)
			}
		}
	}
	return f
}

// Kind returns "traffic".
func (Traffic) Kind() string { return "traffic" }

// String returns for instance "traffic: n1, n4 with delay 20ms, loss 10%".
func (f Traffic) String() string {
	var texts []string
	for _, part := range f.parts() {
		switch {
		case part.time > 0:
			texts = append(texts, fmt.Sprintf("%s %s", part.name, part.time))
		case part.percent > 0:
			texts = append(texts, fmt.Sprintf("%s %d%%", part.name, part.percent))
		}
	}
	return fmt.Sprintf("traffic: %s with %s", f.Targets, strings.Join(texts, ", "))
}

// Bind names the targets and finds their links.
func (f Traffic) Bind(v View) (Fault, error) {
	bound := f
	var err error
	if bound.Targets, err = f.Targets.Bind(v); err != nil {
		return Bound(f, err)
	}
	bound.links = touching(bound.Targets.Names, v.Nodes)
	if len(bound.links) == 0 {
		return Bound(f, errNoLinks)
	}
	return Bound(bound, v.whole(bound.links, "shaped", func(d Damage) []cluster.Link { return d.Shaped }))
}

// Needs returns what shapes links.
func (Traffic) Needs() []cluster.Capability { return []cluster.Capability{cluster.CanShapeTraffic} }

// Inject shapes the links.
func (f Traffic) Inject(ctx context.Context, c cluster.Cluster) error {
	if len(f.links) == 0 {
		return fmt.Errorf("%s: %w", f, ErrUnbound)
	}
	return With(c, f.String(), func(s cluster.Shaper) error { return s.Shape(ctx, f.links, f.shape()) })
}

func (f Traffic) shape() cluster.Traffic {
	return cluster.Traffic{
		Delay: time.Duration(f.Delay), Jitter: time.Duration(f.Jitter),
		Loss: f.Loss, Duplicate: f.Duplicate, Reorder: f.Reorder,
	}
}

// Heal lets the links be as usual.
func (f Traffic) Heal(ctx context.Context, c cluster.Cluster) error {
	return With(c, "heal "+f.String(), func(s cluster.Shaper) error { return s.Unshape(ctx, f.links) })
}

// Damage returns the links. They may be cut as well.
func (f Traffic) Damage() Damage { return Damage{Shaped: f.links} }

// part is one way in which traffic suffers: by a time or by a percentage.
type part struct {
	name    string
	time    Duration
	percent int
}

func (f Traffic) parts() []part {
	return []part{
		{name: "delay", time: f.Delay}, {name: "jitter", time: f.Jitter},
		{name: "loss", percent: f.Loss}, {name: "duplicate", percent: f.Duplicate}, {name: "reorder", percent: f.Reorder},
	}
}

// Check refuses what no cluster can have.
func (f Traffic) Check() error {
	for _, part := range f.parts() {
		if part.time < 0 || part.time > Duration(delayMax) {
			return fmt.Errorf("%s: %s is not between 0s and %s", part.name, part.time, delayMax)
		}
		if part.percent < 0 || part.percent > 100 {
			return fmt.Errorf("%s: %d is not a percentage from 0 to 100", part.name, part.percent)
		}
	}
	if f.shape() == (cluster.Traffic{}) {
		return errors.New("traffic takes at least one of delay, jitter, loss, duplicate, reorder")
	}
	return f.Targets.Check()
}
