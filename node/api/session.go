package api

import (
	"crypto/rand"

	"senkei/node/replica"
)

// session numbers the commands of one client, so that the store can tell a repetition
// from a new command (thesis §6.3). The store takes a client that it does not know only
// with sequence number 1.
type session struct {
	client string
	seq    uint64 // of the next command
	known  bool   // a command of it was answered, so the store knows the client
}

func newSession() session { return session{client: rand.Text(), seq: 1} }

// after moves on from a command that ended with err, all its attempts together.
func (s *session) after(err *Error) {
	switch {
	case err == nil || answered(err.Code):
		// A refusal of the store is an answer too, which it remembers under this number.
		s.seq++
		s.known = true
	case err.Code == replica.SessionExpired:
		*s = newSession()
	case err.Definite:
		// No store has seen the number.
	case s.known:
		s.seq++
	default:
		// The store may know the session or not. Only a new one can go on for certain.
		*s = newSession()
	}
}
