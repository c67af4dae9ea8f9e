package kv

import (
	"errors"
	"fmt"

	"senkei/node/limits"
)

// Code says how a command, or a read, ended.
type Code uint8

const (
	// Done means it took effect, or, for CompareAndSet with Swapped false, was refused.
	Done Code = iota + 1
	// SessionExpired means that the store does not know Client (any more) and Seq is
	// not its first; the command had no effect now.
	SessionExpired
	// StaleSequence means that Client has already had a later Seq applied, so the
	// reply to this one is gone; the command had no effect now.
	StaleSequence
	// TooLarge means that Append would have made the value longer than
	// limits.ValueBytesMax. This code and those below say that the command had no effect
	// and never will.
	TooLarge
	// NotNumber means that Increment met a value that is no decimal number of 64 bits.
	NotNumber
	// OutOfRange means that the sum of Increment does not fit into 64 bits.
	OutOfRange
	// ResultTooLarge means that the reads of a transaction found more than
	// limits.ResultBytesMax or limits.RangeItemsMax.
	ResultTooLarge
)

// String returns the code in lower case, such as "session expired".
func (c Code) String() string {
	switch c {
	case Done:
		return "done"
	case SessionExpired:
		return "session expired"
	case StaleSequence:
		return "stale sequence"
	case TooLarge:
		return "too large"
	case NotNumber:
		return "not a number"
	case OutOfRange:
		return "out of range"
	case ResultTooLarge:
		return "result too large"
	default:
		panic(fmt.Sprintf("kv: code %d", uint8(c)))
	}
}

// Result is the answer to a command or to a read.
type Result struct {
	Code Code `cbor:"1,keyasint"`
	// Value is what a read found, for a refused CompareAndSet what the key holds, and for
	// Increment the sum.
	Value string `cbor:"2,keyasint,omitempty"`
	// Found says whether the key existed: for a read and a refused CompareAndSet now,
	// for Delete before.
	Found   bool `cbor:"3,keyasint,omitempty"`
	Swapped bool `cbor:"4,keyasint,omitempty"` // of CompareAndSet
	// Revision is that of the key: the log index of the command that last changed it;
	// 0 where it does not exist. For Transact it is the log index of the command, and so the
	// revision of every key that it wrote.
	Revision uint64 `cbor:"5,keyasint,omitempty"`

	// Items is what a range read found. More says that further keys follow in the range: the
	// next page begins right after the last key.
	Items []ItemRecord `cbor:"6,keyasint,omitempty"`
	More  bool         `cbor:"7,keyasint,omitempty"`

	// Succeeded says, for Transact, that every compare held. Results are those of the
	// operations that were chosen by it, in their order. If one of them could not be done,
	// Code says why, FailedOp is its place, counting from 0, and there are no results.
	Succeeded bool     `cbor:"8,keyasint,omitempty"`
	Results   []Result `cbor:"9,keyasint,omitempty"`
	FailedOp  int      `cbor:"10,keyasint,omitempty"`
}

// bytes is the length of the texts in the result.
func (r Result) bytes() int {
	n := len(r.Value)
	for _, item := range r.Items {
		n += len(item.Key) + len(item.Item.Value)
	}
	for _, one := range r.Results {
		n += one.bytes()
	}
	return n
}

// records is how many results and items make up the result.
func (r Result) records() int {
	n := 1 + len(r.Items)
	for _, one := range r.Results {
		n += one.records()
	}
	return n
}

// validate says what is wrong with a result that no store can have given to a command.
func (r Result) validate() error {
	if r.Code < Done || r.Code > ResultTooLarge {
		return fmt.Errorf("a result has the unknown code %d", uint8(r.Code))
	}
	if len(r.Results) > limits.TxnOpsMax || r.FailedOp < 0 || r.FailedOp >= limits.TxnOpsMax {
		return fmt.Errorf("a result is of more than %d operations", limits.TxnOpsMax)
	}
	if r.bytes() > limits.ResultBytesMax || r.records() > 1+limits.TxnOpsMax+limits.RangeItemsMax {
		return fmt.Errorf("a result is larger than any can be")
	}
	if err := validText("value of a result", r.Value, limits.ValueBytesMax); err != nil {
		return err
	}
	for _, item := range r.Items {
		if err := item.validate(); err != nil {
			return err
		}
	}
	for _, one := range r.Results {
		if len(one.Results) > 0 {
			return errors.New("a transaction holds another")
		}
		if err := one.validate(); err != nil {
			return err
		}
	}
	return nil
}
