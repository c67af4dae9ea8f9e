// Package checker is what a user of the checkers needs: properties of histories, and verdicts
// on them. It reads no files, looks at no clock, starts no goroutine and never sees a cluster;
// it imports nothing of what decides. What cannot be decided within limits is Unknown, never
// Valid.
//
//   - property.go: Property and Keyed, what can be judged
//   - limits.go: Limits, what a judgement may cost, and the algorithms
//   - verdict.go: Status, Verdict and Merge; verdict_json.go: a verdict in result.json
//   - evidence.go: what shows that a verdict is right, of one kind of several
//   - coverage.go: the property that a history can prove anything
//
// Below it: model (the contract of sequential specifications), models (those that there are),
// linearizable (the property, and how it is decided), consistency (weaker properties of
// registers), certificate and verify (proofs of verdicts, checked without a search).
package checker
