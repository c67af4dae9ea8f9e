package loop

import (
	"cmp"
	"slices"

	"senkei/history"
	"senkei/workloads"
)

// clients are the slots of a run. A slot is taken by one process after the other: a process
// whose operation ended with an unknown outcome never returns, because the operation may
// still take effect.
type clients struct {
	first  history.Process
	bySlot []workloads.Client
	free   []workloads.Client // in ascending order of slot
}

// newClients fills n slots: process first+i takes slot i and speaks to nodes[i mod len(nodes)].
// After it come first+i+n, first+i+2n, ….
func newClients(n int, first history.Process, nodes []history.NodeID) clients {
	c := clients{first: first}
	for slot := range n {
		c.bySlot = append(c.bySlot, workloads.Client{
			Slot: slot, Process: first + history.Process(slot), Node: nodes[slot%len(nodes)],
		})
	}
	c.free = slices.Clone(c.bySlot)
	return c
}

// open is how many clients have an operation open.
func (c *clients) open() int { return len(c.bySlot) - len(c.free) }

func (c *clients) find(slot int) (int, bool) {
	return slices.BinarySearchFunc(c.free, slot, func(free workloads.Client, slot int) int { return cmp.Compare(free.Slot, slot) })
}

// take makes a free client busy.
func (c *clients) take(slot int) {
	if i, free := c.find(slot); free {
		c.free = slices.Delete(c.free, i, i+1)
	}
}

// release frees the client of a process whose operation ended.
func (c *clients) release(p history.Process, outcome history.Outcome) {
	slot := int(p-c.first) % len(c.bySlot)
	if outcome == history.Unknown {
		c.bySlot[slot].Process += history.Process(len(c.bySlot))
	}
	i, _ := c.find(slot)
	c.free = slices.Insert(c.free, i, c.bySlot[slot])
}
