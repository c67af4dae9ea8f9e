// Package linearizable judges whether a history is linearizable. Start at Of.
//
//   - linearizable.go: the property, key by key; pipeline.go: the steps for one key
//   - direct.go: answers without a search; parts.go: parts of an object judged alone
//   - portfolio.go: engines in competition, under one budget
//   - bad_prefix.go: the shortest bad prefix; explain.go: what is said of a violation
//   - certify.go: certificates of verdicts
//
// The engines are packages zones, search, relax (with projection) and porcupine; minimize and explain work on a violation that was found.
package linearizable
