package verify

import "testing"

// BoundMemory changes, for one test, how much the orders of a core may take.
func BoundMemory(t *testing.T, bytes int) {
	before := triedBytesMax
	triedBytesMax = bytes
	t.Cleanup(func() { triedBytesMax = before })
}
