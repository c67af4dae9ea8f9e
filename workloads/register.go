package workloads

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/linearizable/porcupine"
	"senkei/checker/models"
	"senkei/history"
)

// Register is the workload in which clients read, write and compare-and-set single keys,
// after Jepsen's linearizable-register.
//
// The slots are divided into groups, and each group works on one key until the key has
// had Options.OpsPerKey operations; then a new key takes its place, because the time that
// a check takes grows fast with the operations on one key. Keys are named k1, k2, … and
// never come back, and no value is written twice in a run.
//
// About half of the slots of a group only read, so that writers that wait for a cut-off
// leader do not keep others from reading there.
func Register() Workload {
	return Workload{
		Name:      "register",
		Summary:   "reads, writes and compare-and-set of single keys, judged as a linearizable register",
		Functions: []history.Func{history.Read, history.Write, history.CAS},
		Property:  linearizable.Of(models.Register{}),
		Phases: func(o Options) Phases {
			r := newRegister(o)
			return Phases{
				Main:    Timed(r, o),
				Final:   func() Generator { return FinalReads(r.keys()) },
				Retired: r.retired,
			}
		},
		Timeline: func(ctx context.Context, h history.History, lim checker.Limits, w io.Writer) error {
			return porcupine.Visualize(ctx, models.Register{}, lim, h, w)
		},
	}
}

// register is the main phase without regard to time.
type register struct {
	opsPerKey int
	roles     [][]history.Func  // by slot: what it draws from
	groups    []*group          // by slot
	current   map[string]*group // by the key that it works on
	keysBegun int
	lastValue int64 // of those written
}

// group is a set of slots that work on the same key.
type group struct {
	key  string
	left int             // operations that the key has left
	seen []history.Value // by clients of this group, the most recent one last
}

var (
	reader   = []history.Func{history.Read}
	writer   = []history.Func{history.Write, history.CAS}
	allRound = []history.Func{history.Read, history.Read, history.Write, history.CAS}
)

func newRegister(o Options) *register {
	r := &register{opsPerKey: o.OpsPerKey, current: map[string]*group{}}
	size := o.Clients / o.Keys
	for i := range o.Keys {
		if i == o.Keys-1 {
			size = o.Clients - len(r.groups) // the last group takes the rest
		}
		r.add(o, size)
	}
	return r
}

// add makes a group of the next slots. If that would have only readers or only writers,
// everyone in it does everything.
func (r *register) add(o Options, size int) {
	g, readers := &group{}, 0
	for range size {
		if o.reads(len(r.groups)) {
			readers++
			r.roles = append(r.roles, reader)
		} else {
			r.roles = append(r.roles, writer)
		}
		r.groups = append(r.groups, g)
	}
	if readers == 0 || readers == size {
		for slot := len(r.roles) - size; slot < len(r.roles); slot++ {
			r.roles[slot] = allRound
		}
	}
}

// reads reports whether the slot is for reading. Readers and writers alternate among the
// nodes, and from one row of slots that covers all nodes to the next, so that two rows
// give each node one of either.
func (o Options) reads(slot int) bool { return (slot%o.Nodes+slot/o.Nodes)%2 == 0 }

// Next gives the next request to any of the free clients.
func (r *register) Next(v View) Next {
	if len(v.Free) == 0 {
		return Next{Status: Pending}
	}
	c := v.Free[v.Rand.IntN(len(v.Free))]
	g := r.groups[c.Slot]
	if g.left == 0 {
		r.renew(g)
	}
	g.left--
	in := history.Input{F: pick(v.Rand, r.roles[c.Slot]), Key: g.key}
	if in.F != history.Read {
		r.lastValue++
		in.Value = history.Int(r.lastValue)
	}
	if in.F == history.CAS {
		in.Expect = g.expect(v.Rand)
	}
	return Next{Status: Ready, Client: c, Input: in}
}

// renew gives the group a new key.
func (r *register) renew(g *group) {
	delete(r.current, g.key)
	r.keysBegun++
	*g = group{key: keyName(r.keysBegun), left: r.opsPerKey, seen: []history.Value{history.Absent}}
	r.current[g.key] = g
}

func keyName(n int) string { return fmt.Sprintf("k%d", n) }

// retired reports whether the key takes no further operation but its final read.
func (r *register) retired(key string) bool {
	g, current := r.current[key]
	return !current || g.left == 0
}

// keys returns every key that had operations.
func (r *register) keys() []string {
	keys := make([]string, 0, r.keysBegun)
	for n := range r.keysBegun {
		keys = append(keys, keyName(n+1))
	}
	return keys
}

// Done notes what the operation says of the key's value.
func (r *register) Done(op history.Op) {
	g, ok := r.current[op.In.Key]
	if !ok || op.Outcome != history.OK {
		return
	}
	value := op.Out.Value
	if op.In.F == history.Write || op.Out.Swapped {
		value = op.In.Value
	}
	if value != g.seen[len(g.seen)-1] {
		g.seen = append(g.seen, value)
	}
}

// expect returns what a compare-and-set expects: most of the time the value seen last, so
// that a good share of them swap, but now and then an older one, which must be refused.
func (g *group) expect(rng *rand.Rand) history.Value {
	if rng.IntN(5) == 0 {
		return pick(rng, g.seen)
	}
	return g.seen[len(g.seen)-1]
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
