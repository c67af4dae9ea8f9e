package marks

import "slices"

// Counts says how often each mark was hit. A node's counts are not safe for concurrent use.
type Counts [count]uint64

// Hit counts a mark. Nil counts nothing.
func (c *Counts) Hit(m Mark) {
	if c != nil {
		c[m]++
	}
}

// HitIf counts a mark if its situation is the one at hand, in one line and no branch of the
// node's own.
func (c *Counts) HitIf(atHand bool, m Mark) {
	if atHand {
		c.Hit(m)
	}
}

// Add adds what another run counted.
func (c *Counts) Add(other *Counts) {
	for m, n := range other {
		c[m] += n
	}
}

// Missing returns the marks that were never hit, in their order.
func (c *Counts) Missing() []Mark {
	return slices.DeleteFunc(All(), func(m Mark) bool { return c[m] > 0 })
}
