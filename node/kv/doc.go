// Package kv is the replicated state machine: keys with revisions, and the client
// sessions that make retries harmless. What it does is a function of the commands
// applied so far: it reads no clock, draws no random numbers and does no I/O. Storing
// its changes is the business of whoever applies commands. Start at Store.
package kv
