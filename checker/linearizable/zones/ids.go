package zones

import "senkei/history"

// ids numbers values from 0 on, in the order in which they come. Whole numbers that are not
// much larger than there are values, as most values are, are looked up in a table, which is
// several times as fast as in a map.
type ids[S comparable] struct {
	numbers []int32 // by number: its id plus 1, or 0
	others  map[S]int32
	n       int32
}

// newIDs returns ids for at most so many values.
func newIDs[S comparable](values int) *ids[S] {
	const spread = 2
	return &ids[S]{numbers: make([]int32, spread*values), others: map[S]int32{}}
}

// id returns the number of a value, and whether it is new.
func (x *ids[S]) id(v S) (id int32, isNew bool) {
	if n, ok := wholeNumber(v); ok && n < len(x.numbers) {
		at := &x.numbers[n]
		if *at == 0 {
			x.n++
			*at, isNew = x.n, true
		}
		return *at - 1, isNew
	}
	id, known := x.others[v]
	if !known {
		id = x.n
		x.others[v] = id
		x.n++
	}
	return id, !known
}

// wholeNumber returns the number whose canonical text v is.
func wholeNumber[S comparable](v S) (n int, ok bool) {
	const digits = 9
	text, ok := any(v).(history.Value)
	if !ok || text == "" || len(text) > digits || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	for i := range len(text) {
		d := text[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = 10*n + int(d)
	}
	return n, true
}
