// Package expect judges whether a run showed what its schedule expects beside a right history:
// that logs agree, that a new leader appears, that nothing is committed without a majority. It
// judges what nodes said of themselves while the run went on, and reads no clock.
//
// expect.go has the property and what its judges share; agree.go, leaders.go and nocommit.go have
// the judges, and observation.go is what is judged. To add an expectation, add its word to package
// nemesis and its judge to the table in expect.go.
package expect
