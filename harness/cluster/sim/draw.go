package sim

import "time"

// Every draw is a function of a key, never of how many draws came before: of the seed, of
// what is drawn for, and of a count that belongs to that alone. So a fault that is left out
// of a plan, or a message more on one link, leaves what happens elsewhere as it was. All
// draws are integers, since floating point differs between machines.

// purpose keeps the draws of one kind apart from those of another.
type purpose uint64

const (
	drawReplica  purpose = iota + 1 // the seed of a server's life
	drawLink                        // what a link is like
	drawPacket                      // what happens to one message
	drawSync                        // how long one sync takes
	drawCrash                       // what a crash leaves of the writes under way
	drawWork                        // how long a server is busy after a step
	drawClient                      // how long a request or a reply is under way
	drawRot                         // which entry rots
	drawOperator                    // what an operator does
	drawTick                        // when in its interval a server's clock first ticks
)

// draw returns 64 random bits for a key.
func draw(seed uint64, p purpose, a, b, n uint64) uint64 {
	h := mix(seed, uint64(p))
	h = mix(h, a)
	h = mix(h, b)
	return mix(h, n)
}

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
// number generators", 2014) over both numbers, of which it matters which is which.
func mix(h, x uint64) uint64 {
	h = (h ^ x*0xd1342543de82ef95) + 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// dice deals several small numbers out of one draw.
type dice uint64

// below returns a number from 0 to n-1; n is at least 1.
func (d *dice) below(n int) int { return int(d.next() % uint64(n)) }

// between returns a duration from least to most, which are not the wrong way round.
func (d *dice) between(least, most time.Duration) time.Duration {
	return least + time.Duration(d.next()%uint64(most-least+1))
}

// chance is true in so many of 10,000 cases.
func (d *dice) chance(of10000 int) bool { return d.below(10_000) < of10000 }

func (d *dice) next() uint64 {
	*d = dice(mix(uint64(*d), 1))
	return uint64(*d)
}
