package api

import (
	"errors"
	"fmt"
	"net/http"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// Code says why a request failed: one of replica's codes or one of these.
type Code = replica.Code

const (
	// NotFound: the key to read does not exist.
	NotFound Code = "not_found"
	// UnknownPath: nothing is served there.
	UnknownPath Code = "unknown_path"
	// UnknownMethod: the path does not offer this HTTP method.
	UnknownMethod Code = "unknown_method"
	// Stopping: the node shut down before the request was answered.
	Stopping Code = "stopping"
	// Unsent: the client sent no byte of the request.
	Unsent Code = "unsent"
	// Unanswered: the client sent the request, or part of it, and got no answer that it
	// understands.
	Unanswered Code = "unanswered"
)

// Error is a request that failed. Message is one sentence for people.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	// Definite means that the operation had no effect and never will.
	Definite      bool    `json:"definite"`
	Leader        raft.ID `json:"leader,omitempty"`         // whom to ask instead, if known
	LeaderAddress string  `json:"leader_address,omitempty"` // its client address, if known

	cause error
}

// Error returns the code and the sentence.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

// Unwrap returns what went wrong on the way to the server, if that is the cause.
func (e *Error) Unwrap() error { return e.cause }

// Definite reports whether err proves that the operation had no effect and never will:
// the server vouches for it, or no byte of the request was sent.
func Definite(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Definite
}

func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Definite: true, Message: fmt.Sprintf(format, args...)}
}

// httpStatus fits an error to HTTP. 503 promises that a retry is safe, 504 does not.
func (e *Error) httpStatus() int {
	switch e.Code {
	case replica.NotLeader:
		return http.StatusMisdirectedRequest
	case replica.Invalid:
		return http.StatusBadRequest
	case replica.TooLarge:
		return http.StatusRequestEntityTooLarge
	case replica.SessionExpired, replica.StaleSequence:
		return http.StatusConflict
	case NotFound, UnknownPath:
		return http.StatusNotFound
	case UnknownMethod:
		return http.StatusMethodNotAllowed
	}
	if e.Definite {
		return http.StatusServiceUnavailable
	}
	return http.StatusGatewayTimeout
}

// explain puts a replica's error into words.
func explain(failure *replica.Error) string {
	const doubt = "whether the operation took effect is unknown"
	switch failure.Code {
	case replica.NotLeader:
		if failure.Leader == raft.None {
			return "this server does not lead and knows no leader"
		}
		return fmt.Sprintf("this server does not lead, %s does", failure.Leader)
	case replica.NoLeader:
		return "no leader appeared in time"
	case replica.LeaderLost:
		return "the leader lost its leadership meanwhile, and " + doubt
	case replica.Timeout:
		return "no answer came in time, and " + doubt
	case replica.Overloaded:
		return "too many requests are open"
	case replica.Invalid:
		return "the request is not valid"
	case replica.SessionExpired:
		return "the session is not known or expired: begin a new one with sequence number 1"
	case replica.StaleSequence:
		return "a later command of this session was applied, and the reply to this one is gone"
	case replica.TooLarge:
		return fmt.Sprintf("the value would have more than %d bytes", kv.MaxValueBytes)
	case Stopping:
		if failure.Definite {
			return "the server is stopping"
		}
		return "the server stopped meanwhile, and " + doubt
	default:
		return string(failure.Code)
	}
}
