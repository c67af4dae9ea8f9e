// Package linearizable judges whether a history is linearizable. Start at Of.
//
//   - linearizable.go: Of, the property of a model; pipeline.go: the steps that judge a key
//   - direct.go, parts.go: answers without a search of the whole
//   - portfolio.go: engines that compete (packages search, relax, porcupine)
//   - bad_prefix.go: where a history went bad; explain.go: why, in words
//   - certify.go: a certificate of a verdict
package linearizable
