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
	b, err := f.bind(v)
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", f, err)
	}
	return b, nil
}

func (f Traffic) bind(v View) (Traffic, error) {
	names, err := f.Targets.choose(v)
	if err != nil {
		return f, err
	}
	f.Targets = Targets{Names: names}
	f.links = touching(names, v.Nodes)
	if len(f.links) == 0 {
		return f, errors.New("a single node has no links")
	}
	return f, v.whole(f.links, "shaped", func(d Damage) []cluster.Link { return d.Shaped })
}

// Inject shapes the links.
func (f Traffic) Inject(ctx context.Context, c cluster.Cluster) error {
	if len(f.links) == 0 {
		return fmt.Errorf("%s: %w", f, errUnbound)
	}
	return with(c, f.String(), func(s cluster.Shaper) error { return s.Shape(ctx, f.links, f.shape()) })
}

func (f Traffic) shape() cluster.Traffic {
	return cluster.Traffic{
		Delay: time.Duration(f.Delay), Jitter: time.Duration(f.Jitter),
		Loss: f.Loss, Duplicate: f.Duplicate, Reorder: f.Reorder,
	}
}

// Heal lets the links be as usual.
func (f Traffic) Heal(ctx context.Context, c cluster.Cluster) error {
	return with(c, "heal "+f.String(), func(s cluster.Shaper) error { return s.Unshape(ctx, f.links) })
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

func (f Traffic) check() error {
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
	return f.Targets.check()
}
