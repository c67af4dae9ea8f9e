package models

// numbers are given to things from 0 on, in the order in which they come.
type numbers[T comparable] map[T]int32

// of returns the number of a thing, which has one from then on.
func (n numbers[T]) of(thing T) int32 {
	number, known := n[thing]
	if !known {
		number = int32(len(n))
		n[thing] = number
	}
	return number
}
