package minimize

import "senkei/checker/linearizable/engine"

// Always is a position before every event, and before the first of some ends.
const Always = -1

// FirstBad returns the first of the positions up to bad, which is bad, at which judge does
// not say legal. Those up to good are, and after a legal one there may be bad ones, but not
// the other way round, as every prefix of a linearizable history is linearizable. It tries
// next what is suggested, at last by judge, but stays the further before what was found to be
// bad the more often that happened; a suggestion that is known to be good is none. Where judge
// gives no answer, because a budget ends, what is returned is bad, but perhaps not the first.
func FirstBad(good, bad, suggested int, judge func(at int) (a engine.Answer, suggested int)) int {
	for back := 1; bad-good > 1; {
		try := min(suggested, bad-back)
		if try <= good {
			try = good + (bad-good)/2
		}
		a, next := judge(try)
		switch suggested = Always; a {
		case engine.Legal:
			good = try
		case engine.Illegal:
			bad, suggested, back = try, next, 2*back
		default:
			return bad
		}
	}
	return bad
}
