// Package senkeitest judges concurrent Go programs in `go test`: it records what many
// goroutines did at once, and fails the test where no order of it satisfies a model. It starts
// nothing and reads no file but in CheckFile. Start at New.
//
//   - recorder.go records: a Client for each goroutine, an Op for each operation.
//   - calls.go wraps whole calls, and makes values of Go's.
//   - check.go judges what was recorded, or a file, within a bound of time.
//   - artifacts.go leaves the history and the report of a test that failed.
package senkeitest
