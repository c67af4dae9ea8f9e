// Package api is the HTTP/JSON interface of one node and its Go client. It knows how
// requests and answers look and whether a failed one can have had an effect; it decides
// nothing about the state, which is the Store's. Start at Handler and Client.
//
//	handler.go    Handler: the routes, and one request from its parameters to its reply
//	request.go    what a route and its query ask of the store
//	parameter.go  the parameters that each kind of request may have
//	reply.go      how a reply looks in JSON
//	error.go      codes, their HTTP status, and whether the failed request can have had an effect
//	txn.go        transactions in JSON
//	members.go    members and changes of them in JSON
//	status.go     GET /status
//	client.go     Client: one method an operation
//	call.go       one call of the client, with its retries
//	conn.go       one connection of the client
//	session.go    the client's session, which makes retries harmless
//	builder.go    Txn: transactions for Client.Txn
package api
