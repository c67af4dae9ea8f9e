package explore

import (
	"context"
	"unsafe"

	"senkei/node/raft"
)

// explorer holds what was found, in tables, and what is still to be followed.
type explorer struct {
	options       Options
	deviations    deviations
	names         []raft.ID
	configuration raft.Configuration
	renamings     []renaming // every one of them; the first changes nothing

	servers  table[*server]
	messages table[raft.Message]
	outboxes table[[]uint32] // the numbers of messages, ascending
	pasts    table[past]

	// What an input makes of a server depends on these two alone, so it is worked out once.
	outcomes map[acted]outcome
	unions   map[[2]uint32]uint32 // of two outboxes

	states      shelf // as they were found, but for those of the last depth
	visited     fingerprintSet
	key         func(*world) uint64 // a world is new if its key is; tests turn symmetry off
	view        view                // what is being checked
	transitions int
}

// deviations are how tests break the core from outside, to show that the explorer sees it.
type deviations struct {
	restart func(*raft.Disk)                         // changes what a restart finds
	ready   func(*raft.Ready)                        // changes what is to be done
	deliver func(*server, raft.Message) raft.Message // changes a message on its way to the server
}

// found is a state, and the action that first led to it.
type found struct {
	world
	parent uint32 // its position on the shelf
	move   move
}

// shelf is a list of states that grows without being copied.
type shelf struct {
	blocks [][]found
	count  int
}

const blockStates = 1 << 16

func (s *shelf) add(f found) {
	if s.count%blockStates == 0 {
		s.blocks = append(s.blocks, make([]found, 0, blockStates))
	}
	last := &s.blocks[len(s.blocks)-1]
	*last = append(*last, f)
	s.count++
}

func (s *shelf) at(i int) *found { return &s.blocks[i/blockStates][i%blockStates] }

func newExplorer(o Options, d deviations) *explorer {
	all := renamings(o.Nodes)
	x := &explorer{
		options: o, deviations: d, names: allNames[:o.Nodes], renamings: all,
		servers: newTable[*server](len(all)), messages: newTable[raft.Message](len(all)),
		outboxes: newTable[[]uint32](len(all)), pasts: newTable[past](len(all)),
		outcomes: map[acted]outcome{}, unions: map[[2]uint32]uint32{},
		view: view{servers: make([]*server, o.Nodes)},
	}
	x.key = x.canonical
	var members []raft.Server
	for _, id := range x.names {
		members = append(members, raft.Server{ID: id})
	}
	x.configuration = raft.NewConfiguration(members...)
	return x
}

// run goes through the states in the order in which they were found, so that every state is
// first found on a shortest way.
func (x *explorer) run(ctx context.Context) (r Result) {
	x.states.add(found{world: x.founded()})
	x.visited.add(x.key(&x.states.at(0).world))
	for begin := 0; r.Depth < x.options.Depth && !r.Exhausted; {
		end := x.states.count
		for at := begin; at < end && r.Violation == nil; at++ {
			if r.Stopped = x.limit(ctx, at); r.Stopped != nil {
				r.Followed, r.Waiting = at-begin, end-begin
				return x.tally(r)
			}
			r.Violation = x.expand(at, r.Depth+1 < x.options.Depth)
		}
		if r.Violation != nil {
			return x.tally(r)
		}
		r.Depth++
		begin, r.Exhausted = end, x.visited.count == r.States
		r = x.tally(r)
		if x.options.Completed != nil {
			x.options.Completed(r.Progress)
		}
	}
	return r
}

func (x *explorer) tally(r Result) Result {
	r.States, r.Transitions = x.visited.count, x.transitions
	return r
}

// limit returns why the exploration must stop before the state at a position, or nil.
func (x *explorer) limit(ctx context.Context, at int) error {
	o := x.options
	switch {
	case o.States > 0 && x.visited.count >= o.States:
		return ErrStates
	case at%256 != 0:
		return nil
	case o.MemoryBytes > 0 && x.bytes() >= o.MemoryBytes:
		return ErrMemory
	}
	return ctx.Err()
}

// bytes estimates what memory is in use: twice what is needed, because garbage is collected
// once there is as much of it.
func (x *explorer) bytes() int {
	const serverBytes, otherBytes, mapBytes = 2000, 200, 100 // beside the description, about
	live := len(x.states.blocks)*blockStates*int(unsafe.Sizeof(found{})) + 8*len(x.visited.slots) +
		x.servers.bytes + len(x.servers.items)*serverBytes +
		x.messages.bytes + x.outboxes.bytes + x.pasts.bytes +
		(len(x.messages.items)+len(x.outboxes.items)+len(x.pasts.items))*otherBytes +
		(len(x.outcomes)+len(x.unions))*mapBytes
	return 2 * live
}

// expand takes every action in a state and checks the states that are new, until one of them
// breaks an invariant. Those of the last depth need not be kept.
func (x *explorer) expand(at int, keep bool) (broken *Violation) {
	from := &x.states.at(at).world
	x.successors(from, func(m move, to world, panicked string) {
		switch {
		case broken != nil || to == *from && panicked == "":
			return
		case panicked != "":
			broken = x.violation(at, m, "the core checks itself", panicked)
			return
		}
		x.transitions++
		if !x.visited.add(x.key(&to)) {
			return
		}
		if invariant, text := x.check(&to); text != "" {
			broken = x.violation(at, m, invariant, text)
		}
		if keep {
			x.states.add(found{to, uint32(at), m})
		}
	})
	return broken
}
