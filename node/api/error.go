package api

import (
	"errors"
	"fmt"
	"net/http"

	"senkei/node/limits"
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
	// Unauthorized: the request does not carry the token of the cluster.
	Unauthorized Code = "unauthorized"
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
	// Operation is, where an operation of a transaction could not be done, its place in the
	// branch that was chosen, counting from 0.
	Operation *int `json:"operation,omitempty"`
	// Consistency is that of a read which found nothing: see Reply.
	Consistency string `json:"consistency,omitempty"`

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

// CodeOf returns the code of an error of a Client, or "" for any other error and for nil.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// answered reports whether a code is the store's answer to a command that cannot be done.
// The store remembers such an answer with the session like any other.
func answered(code Code) bool {
	switch code {
	case replica.TooLarge, replica.NotNumber, replica.OutOfRange, replica.ResultTooLarge:
		return true
	default:
		return false
	}
}

func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Definite: true, Message: fmt.Sprintf(format, args...)}
}

// httpStatus fits an error to HTTP. 503 says that a retry is safe, 504 does not.
func (e *Error) httpStatus() int {
	switch e.Code {
	case replica.NotLeader:
		return http.StatusMisdirectedRequest
	case replica.Invalid:
		return http.StatusBadRequest
	case replica.TooLarge:
		return http.StatusRequestEntityTooLarge
	case replica.NotNumber, replica.OutOfRange, replica.ResultTooLarge:
		return http.StatusUnprocessableEntity
	case Unauthorized:
		return http.StatusUnauthorized
	case replica.SessionExpired, replica.StaleSequence, replica.ChangePending:
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
		return fmt.Sprintf("the value would have more than %d bytes", limits.ValueBytesMax)
	case replica.NotNumber:
		return "the key holds a value that is no decimal number of 64 bits"
	case replica.OutOfRange:
		return "the sum does not fit into 64 bits"
	case replica.ResultTooLarge:
		return fmt.Sprintf("the transaction would read more than %d bytes or %d items: give its ranges a limit", limits.ResultBytesMax, limits.RangeItemsMax)
	case replica.ChangePending:
		return "another change of the members is under way: try again once it is done"
	case replica.TransferFailed:
		return "the other server did not take over the leadership in time"
	case Stopping:
		if failure.Definite {
			return "the server is stopping"
		}
		return "the server stopped meanwhile, and " + doubt
	default:
		return string(failure.Code)
	}
}
