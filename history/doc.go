// Package history is the vocabulary that every other package shares: operations,
// their outcomes, faults, and the file that records them while a run goes on.
// It imports nothing of Senkei, judges nothing and starts nothing. Start at
// History, at Recorder for writing and at ReadFile for reading.
package history
