package sim

import "time"

// clock is what a server takes for the time: it runs at a rate of its own and can jump.
type clock struct {
	rate  int           // parts per million of true speed, at least 1
	since time.Duration // the true time at which it showed shown
	shown time.Duration
}

const trueRate = 1_000_000

// at returns what the clock shows at a true time, which is not before since.
func (c *clock) at(now time.Duration) time.Duration {
	passed := now - c.since
	// Split, so that an hour in nanoseconds does not overflow.
	whole, rest := passed/trueRate, passed%trueRate
	return c.shown + whole*time.Duration(c.rate) + rest*time.Duration(c.rate)/trueRate
}

// lasts returns the true time in which the clock advances by d.
func (c *clock) lasts(d time.Duration) time.Duration {
	return d * 1000 / time.Duration(max(c.rate/1000, 1))
}

// set lets the clock go on at a new rate, after a jump, which may be back.
func (c *clock) set(now time.Duration, rate int, jump time.Duration) {
	c.shown, c.since, c.rate = c.at(now)+jump, now, rate
}
