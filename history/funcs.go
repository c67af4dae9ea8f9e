package history

import (
	"maps"
	"slices"
)

// Func is what an operation does. A model says what that means for its object.
type Func string

// The functions of the vocabulary.
const (
	Read    Func = "read"    // a register, or all of a set, a counter or a list
	Write   Func = "write"   // a value into a register
	CAS     Func = "cas"     // compare-and-set
	Delete  Func = "delete"  // what a register holds
	Append  Func = "append"  // to a text, a list or a log; a log tells the offset
	Txn     Func = "txn"     // several operations on several keys at one moment, see Micro
	Acquire Func = "acquire" // a lock; a fenced one tells its token
	Release Func = "release" // a lock, perhaps naming the token
	Add     Func = "add"     // an element to a set, or a number to a counter
	Enqueue Func = "enqueue" // an element
	Dequeue Func = "dequeue" // an element, or nothing because the queue is empty
	Drain   Func = "drain"   // all elements of a queue at one moment
	Poll    Func = "poll"    // the entries of a log from an offset on
)

// form is what a value may look like.
type form uint8

const (
	nothing  form = iota // null, or no value at all
	scalar               // a number, a string or a boolean
	optional             // a scalar or null
	list
	anything // a scalar, a list or null
	pair     // [expected, new], of a compare-and-set
	micros   // the list of a transaction
)

// shape is what the request and the answer of a function look like. An answer stands in
// the field "value" of the completion in place of the request, unless the request is
// needed there as well: then it stands apart, in "result".
type shape struct {
	asks, answers form
	apart         bool
	must          bool // the ok has to give the answer, be it null
}

var shapes = map[Func]shape{
	Read:    {answers: anything, must: true},
	Write:   {asks: scalar},
	CAS:     {asks: pair},
	Delete:  {},
	Append:  {asks: scalar, answers: optional, apart: true},
	Txn:     {asks: micros, answers: micros, must: true},
	Acquire: {answers: optional},
	Release: {asks: optional},
	Add:     {asks: scalar},
	Enqueue: {asks: scalar},
	Dequeue: {answers: optional, must: true},
	Drain:   {answers: list, must: true},
	Poll:    {asks: scalar, answers: list, apart: true, must: true},
}

// Funcs returns the vocabulary in alphabetical order.
func Funcs() []Func { return slices.Sorted(maps.Keys(shapes)) }
