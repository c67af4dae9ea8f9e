package minimize

import "senkei/checker/linearizable/engine"

// Always is a position before every event, and before the first of some ends.
const Always = -1

// FirstBad returns the first position at which judge says Illegal. The position good is known
// to be legal and bad to be illegal. Every prefix of a linearizable history is linearizable, so
// all positions before a legal one are legal, and all after an illegal one are illegal.
//
// It bisects, but first tries the positions that are suggested, by the caller and then by judge.
// Each time a position was illegal, the next try is at least twice as far before it, so that
// poor suggestions cost little. Where judge gives no answer, because its budget ended, the
// result is illegal, but perhaps not the first.
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
