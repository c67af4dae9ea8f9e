// Package checkertest helps to test checkers. Start at Replay.
package checkertest
