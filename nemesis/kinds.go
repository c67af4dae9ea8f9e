package nemesis

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Info is what a person is told of a kind of fault.
type Info struct {
	Name    string // as Fault.Kind returns it
	Summary string // one line for `senkei faults`
}

// Kinds returns every kind of fault that a schedule can hold.
func Kinds() []Info {
	var infos []Info
	for _, k := range kinds() {
		infos = append(infos, k.Info)
	}
	return infos
}

// kind is all that the package knows of one kind of fault.
type kind struct {
	Info
	example string // of a step
	read    func(ast.Node) (Step, error)
	write   func(Step) ([]byte, error)
	draw    func(*planner) Fault
}

func kinds() []kind {
	return []kind{
		kindOf[Kill]("SIGKILL to the targets, later a restart with their data",
			"{at: 3s, for: 2s, fault: kill, targets: leader}",
			func(p *planner) Fault { return Kill{p.targets()} }),
		kindOf[Pause]("SIGSTOP to the targets, later SIGCONT",
			"{at: 3s, for: 2s, fault: pause, targets: [n1, n2]}",
			func(p *planner) Fault { return Pause{p.targets()} }),
		kindOf[Partition]("links between nodes cut: halves, isolate, ring or one-way",
			"{at: 3s, for: 2s, fault: partition, shape: isolate, targets: minority}",
			func(p *planner) Fault { return p.partition() }),
		kindOf[Member]("targets removed from the cluster while they run, later added again",
			"{at: 3s, for: 2s, fault: member, targets: one}",
			func(p *planner) Fault { return Member{p.leavers()} }),
		kindOf[Transfer]("leadership handed to another node, which takes no time",
			"{at: 3s, for: 0s, fault: transfer, to: n2}",
			func(*planner) Fault { return Transfer{} }),
		kindOf[Power]("power of the targets cut, which loses what is not synced, later a restart",
			"{at: 3s, for: 2s, fault: power, targets: all}",
			func(p *planner) Fault { return Power{p.targets()} }),
		kindOf[Replace]("a minority lost with their disks, blank servers in their place",
			"{at: 3s, for: 0s, fault: replace, targets: one}",
			func(p *planner) Fault { return Replace{p.leavers()} }),
		kindOf[Clock]("clocks of the targets jump, or run too fast or too slow",
			"{at: 3s, for: 2s, fault: clock, targets: leader, rate: 80}",
			func(p *planner) Fault { return p.clock() }),
		kindOf[Disk]("disks of the targets slow, stalled, failing, full or rotten",
			"{at: 3s, for: 2s, fault: disk, targets: leader, trouble: slow}",
			func(p *planner) Fault { return p.disk() }),
		kindOf[Traffic]("messages to and from the targets late, lost, doubled or reordered",
			"{at: 3s, for: 2s, fault: traffic, targets: all, delay: 20ms, loss: 10}",
			func(p *planner) Fault { return p.traffic() }),
	}
}

// checked is a fault that a schedule file can hold.
type checked interface {
	Fault
	check() error // refuses what means nothing in any cluster
}

// record is a step as the file has it. The fields of the fault stand beside the others.
type record[F checked] struct {
	When   stretch  `yaml:",inline"`
	Fault  string   `yaml:"fault"`
	What   F        `yaml:",inline"`
	Expect expected `yaml:",inline"`
}

// stretch is when a step begins and how long it lasts.
type stretch struct {
	At  string `yaml:"at"`
	For string `yaml:"for"`
}

func stretchOf(s Step) stretch { return stretch{At: s.At.String(), For: s.For.String()} }

func (s stretch) read() (at, hold time.Duration, err error) {
	if at, err = readTime("at", s.At); err == nil {
		hold, err = readTime("for", s.For)
	}
	return at, hold, err
}

func kindOf[F checked](summary, example string, draw func(*planner) Fault) kind {
	var none F
	return kind{
		Info:    Info{Name: none.Kind(), Summary: summary},
		example: example,
		read:    readRecord[F],
		write:   writeRecord[F],
		draw:    draw,
	}
}

func readRecord[F checked](n ast.Node) (Step, error) {
	var r record[F]
	if err := yaml.NodeToValue(n, &r, yaml.Strict()); err != nil {
		return Step{}, err
	}
	s := Step{Fault: r.What}
	var err error
	if s.At, s.For, err = r.When.read(); err != nil {
		return Step{}, err
	}
	if err := r.What.check(); err != nil {
		return Step{}, err
	}
	return r.Expect.read(s)
}

func writeRecord[F checked](s Step) ([]byte, error) {
	what, ok := s.Fault.(F)
	if !ok {
		return nil, fmt.Errorf("%T is not the fault that its kind %q names", s.Fault, s.Fault.Kind())
	}
	r := record[F]{When: stretchOf(s), Fault: what.Kind(), What: what, Expect: expectedOf(s)}
	return yaml.MarshalWithOptions(r, yaml.Flow(true))
}

// timeMax is the latest start of a fault and the longest time that it is in force.
const timeMax = 24 * time.Hour

func readTime(field, text string) (time.Duration, error) {
	if text == "" {
		return 0, fmt.Errorf("%q is missing", field)
	}
	d, err := parseTime(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", field, err)
	}
	if d < 0 || d > timeMax {
		return 0, fmt.Errorf("%s: %s is not between 0s and %s", field, d, timeMax)
	}
	return d, nil
}
