package main

import "cmp"

// between returns a usage error unless a flag's value is in its range, both ends included.
func between[T cmp.Ordered](flag string, value, least, most T) error {
	if value >= least && value <= most {
		return nil
	}
	return usagef("%s %v: choose %v to %v", flag, value, least, most)
}
