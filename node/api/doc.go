// Package api is the HTTP/JSON interface of one node and its Go client. It knows how
// requests and answers look and whether a failed one can have had an effect; it decides
// nothing about the state, which is the Store's. Start at Handler and Client.
package api
