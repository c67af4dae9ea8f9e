package models

import "slices"

// precedence says of things, numbered from 0, which must come before which. Those that must come
// after a thing stand together in next, from begin[thing] to begin[thing+1].
type precedence struct{ begin, next []int32 }

// newPrecedence asks twice for all pairs, which must be the same ones.
func newPrecedence(things int, pairs func(yield func(before, after int32))) precedence {
	p := precedence{begin: make([]int32, things+1)}
	pairs(func(before, _ int32) { p.begin[before+1]++ })
	for i := range things {
		p.begin[i+1] += p.begin[i]
	}
	p.next = make([]int32, p.begin[things])
	at := slices.Clone(p.begin)
	pairs(func(before, after int32) {
		p.next[at[before]] = after
		at[before]++
	})
	return p
}

func (p precedence) after(thing int32) []int32 { return p.next[p.begin[thing]:p.begin[thing+1]] }

// order returns things in an order that keeps all pairs (Kahn, "Topological sorting of large
// networks", 1962). Those are missing that come, one after the other, before themselves, and
// whatever comes after them: then each of these has a positive count of such before it.
func (p precedence) order() (order, waits []int32) {
	things := len(p.begin) - 1
	waits = make([]int32, things)
	for _, after := range p.next {
		waits[after]++
	}
	order = make([]int32, 0, things)
	for i := range waits {
		if waits[i] == 0 {
			order = append(order, int32(i))
		}
	}
	for done := 0; done < len(order); done++ {
		for _, after := range p.after(order[done]) {
			if waits[after]--; waits[after] == 0 {
				order = append(order, after)
			}
		}
	}
	return order, waits
}

// circlesTried bounds how many circles are compared to find a short one.
const circlesTried = 16

// circle returns things that each come before the next one, and the last one before the first,
// given what order left waiting. Of the circles that it looks at, it returns one with fewest
// things below real; the others only stand for many pairs.
func (p precedence) circle(waits []int32, real int32) []int32 {
	walk := p.anyCircle(waits)
	best, tried := walk, 0
	came := make([]arrival, len(waits))
	for _, start := range walk {
		if start >= real {
			continue
		}
		if tried++; tried > circlesTried {
			break
		}
		if c := p.circleThrough(start, waits, real, came); realOf(c, real) < realOf(best, real) {
			best = c
		}
	}
	return best
}

// realOf counts the things below real.
func realOf(things []int32, real int32) (n int) {
	for _, t := range things {
		if t < real {
			n++
		}
	}
	return n
}

// anyCircle walks back from a thing that waits to one that it waits for, until it comes to one
// of them again.
func (p precedence) anyCircle(waits []int32) []int32 {
	before, met := make([]int32, len(waits)), make([]bool, len(waits))
	at := int32(nowhere)
	for thing, n := range waits {
		if n == 0 {
			continue
		}
		at = int32(thing)
		for _, after := range p.after(at) {
			before[after] = at
		}
	}
	for ; !met[at]; at = before[at] {
		met[at] = true
	}
	circle := []int32{at}
	for t := before[at]; t != at; t = before[t] {
		circle = append(circle, t)
	}
	slices.Reverse(circle)
	return circle
}

// arrival is how a search came to a thing: in the round of a start, from another one.
type arrival struct{ round, from int32 }

// circleThrough returns a circle through start, which lies on one, with fewest things below
// real: it goes on to all others before it takes one more of those.
func (p precedence) circleThrough(start int32, waits []int32, real int32, came []arrival) []int32 {
	round, now, later := start+1, []int32{start}, []int32(nil)
	for len(now) > 0 {
		thing := now[len(now)-1]
		now = now[:len(now)-1]
		for _, after := range p.after(thing) {
			if waits[after] == 0 || came[after].round == round {
				continue
			}
			if came[after] = (arrival{round, thing}); after == start {
				circle := []int32{start}
				for t := thing; t != start; t = came[t].from {
					circle = append(circle, t)
				}
				slices.Reverse(circle[1:])
				return circle
			}
			if after < real {
				later = append(later, after)
			} else {
				now = append(now, after)
			}
		}
		if len(now) == 0 {
			now, later = later, nil
		}
	}
	return nil
}
