// Package minimize makes a history that is not linearizable smaller. It asks a function whether
// what is left is still not linearizable, and knows nothing of engines.
//
//   - first_bad.go: where a history went bad; prefix.go: histories as they were known earlier
//   - core.go: operations and parts that a violation does not need
package minimize
