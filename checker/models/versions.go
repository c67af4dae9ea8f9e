package models

import (
	"slices"

	"senkei/history"
)

// versions are what one list held, one after the other, each the beginning of the next. That a
// value is such a beginning is seen by its text, so that long lists are compared as fast as
// memory is read.
type versions struct {
	longest history.Value // of those that were considered
	witness int           // who returned it; nowhere if nobody returned anything
	// elements are those of the longest version, and ends where the text of each ends in it.
	elements []history.Value
	ends     []int
}

// consider takes v, a list or nothing, as the longest version, if it is.
func (l *versions) consider(v history.Value, by int) {
	if l.witness == nowhere || len(v) > len(l.longest) {
		l.longest, l.witness = v, by
	}
}

// grow adds the next element.
func (l *versions) grow(v history.Value) {
	end := len("[") + len(v)
	if n := len(l.ends); n > 0 {
		end = l.ends[n-1] + len(",") + len(v)
	}
	l.elements, l.ends = append(l.elements, v), append(l.ends, end)
}

// size is how many elements the longest version has.
func (l *versions) size() int { return len(l.elements) }

// at returns the element at a place.
func (l *versions) at(place int) history.Value { return l.elements[place] }

// begins reports whether the longest version begins with v. Text is canonical, so that one list
// begins with another exactly if its text does, up to the bracket, and an element ends there.
func (l *versions) begins(v history.Value) bool {
	if len(v) <= len("[]") {
		return true
	}
	n := len(v) - len("]")
	return n < len(l.longest) && (l.longest[n] == ',' || n == len(l.longest)-1) && l.longest[:n] == v[:n]
}

// sizeOf returns how many elements v has, with which the longest version begins.
func (l *versions) sizeOf(v history.Value) int {
	if len(v) <= len("[]") {
		return 0
	}
	n, _ := slices.BinarySearch(l.ends, len(v)-len("]"))
	return n + 1
}
