// Package kv is the replicated state machine: keys with revisions, and the client
// sessions that make retries harmless. What it does is a function of the commands
// applied so far: it reads no clock, draws no random numbers and does no I/O. Storing
// its changes is the business of whoever applies commands. Start at Store.
//
//	store.go     Store: commands in, results and changes out
//	command.go   Op and Command, and their encoding in the log
//	query.go     reads of a key or a range
//	result.go    what a command or a read returns
//	txn.go       transactions: compare, then one of two lists of operations
//	session.go   client sessions, and which is evicted
//	types.go     Item, Session, Change and State: what a disk keeps
//	state.go     a change applied to a state
//	snapshot.go  an O(1) copy of the state, read out in chunks
//	chunk.go     the encoding of a chunk
//	assembly.go  a store put together from chunks
//	hash.go      the hash of a state, kept up to date
package kv
