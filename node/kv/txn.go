package kv

import (
	"errors"
	"fmt"
	"strconv"

	"senkei/node/limits"
)

// Txn compares, then carries out one of two lists of operations, all of it at one point of
// the log. If one operation cannot be done, none is.
type Txn struct {
	Compares []Compare `cbor:"1,keyasint,omitempty"`
	Then     []TxnOp   `cbor:"2,keyasint,omitempty"` // if every compare holds
	Else     []TxnOp   `cbor:"3,keyasint,omitempty"` // if not
}

// Target is what a Compare looks at.
type Target uint8

const (
	// Value looks at the value, in the order of its bytes. An absent key has none: it is not
	// equal to any value, and neither less nor greater.
	Value Target = iota + 1
	// Revision looks at the revision, which is 0 for an absent key.
	Revision
	// Exists only knows Equal, the key exists, and NotEqual, it is absent.
	Exists
)

// Relation is how what the key has must stand to what the Compare names.
type Relation uint8

// The relations.
const (
	Equal Relation = iota + 1
	NotEqual
	Less
	Greater
)

// String returns the relation as clients write it, such as "not_equal".
func (r Relation) String() string {
	switch r {
	case Equal:
		return "equal"
	case NotEqual:
		return "not_equal"
	case Less:
		return "less"
	case Greater:
		return "greater"
	default:
		panic(fmt.Sprintf("kv: relation %d", uint8(r)))
	}
}

// Compare is one condition of a Txn.
type Compare struct {
	Key      string   `cbor:"1,keyasint"`
	Target   Target   `cbor:"2,keyasint"`
	Relation Relation `cbor:"3,keyasint"`
	Value    string   `cbor:"4,keyasint,omitempty"` // for Target Value
	Revision uint64   `cbor:"5,keyasint,omitempty"` // for Target Revision
}

// TxnOp is one operation of a Txn: a read where Query is set, else Put, Delete, Append or
// Increment. It sees what the operations before it did.
type TxnOp struct {
	Query *Query `cbor:"1,keyasint,omitempty"`
	Op    Op     `cbor:"2,keyasint,omitempty"`
	Key   string `cbor:"3,keyasint,omitempty"`
	Value string `cbor:"4,keyasint,omitempty"`
	Delta int64  `cbor:"5,keyasint,omitempty"`
}

func (t *Txn) validate() error {
	if len(t.Compares)+len(t.Then)+len(t.Else) == 0 {
		return errors.New("the transaction is empty")
	}
	sizeBytes := 0
	for _, part := range []struct {
		name string
		size int
	}{{"compares", len(t.Compares)}, {"then", len(t.Then)}, {"else", len(t.Else)}} {
		if part.size > limits.TxnOpsMax {
			return fmt.Errorf("the transaction has %d %s, more than %d", part.size, part.name, limits.TxnOpsMax)
		}
	}
	for i, c := range t.Compares {
		if err := c.validate(); err != nil {
			return fmt.Errorf("compare %d of the transaction: %w", i, err)
		}
		sizeBytes += len(c.Key) + len(c.Value)
	}
	for i, op := range t.Then {
		if err := op.validate(); err != nil {
			return fmt.Errorf("operation %d of then: %w", i, err)
		}
		sizeBytes += op.bytes()
	}
	for i, op := range t.Else {
		if err := op.validate(); err != nil {
			return fmt.Errorf("operation %d of else: %w", i, err)
		}
		sizeBytes += op.bytes()
	}
	if sizeBytes > limits.TxnBytesMax {
		return fmt.Errorf("the keys and values of the transaction have %d bytes, more than %d", sizeBytes, limits.TxnBytesMax)
	}
	return nil
}

func (c Compare) validate() error {
	if err := validKey(c.Key); err != nil {
		return err
	}
	if err := validText("value", c.Value, limits.ValueBytesMax); err != nil {
		return err
	}
	switch {
	case c.Target < Value || c.Target > Exists:
		return fmt.Errorf("unknown target %d", uint8(c.Target))
	case c.Relation < Equal || c.Relation > Greater:
		return fmt.Errorf("unknown relation %d", uint8(c.Relation))
	case c.Target == Exists && c.Relation > NotEqual:
		return errors.New("a key exists or not, and neither less nor more")
	case c.Target != Value && c.Value != "", c.Target != Revision && c.Revision != 0:
		return errors.New("it compares with more than its target")
	}
	return nil
}

func (o TxnOp) validate() error {
	switch {
	case o.Query != nil && o.write() != write{}:
		return errors.New("it reads and writes at once")
	case o.Query != nil:
		return o.Query.Validate()
	case o.Op == CompareAndSet:
		return errors.New("a compare-and-set within a transaction is written as a compare")
	default:
		return o.write().validate()
	}
}

func (o TxnOp) write() write { return write{o.Op, o.Key, o.Value, o.Delta} }

func (o TxnOp) bytes() int {
	if o.Query != nil {
		return o.Query.bytes()
	}
	return len(o.Key) + len(o.Value)
}

// transact carries out a transaction. What it has done before an operation that cannot be
// done, it takes back.
func (s *Store) transact(index uint64, t *Txn, change *Change) Result {
	result := Result{Code: Done, Succeeded: true, Revision: index}
	for _, c := range t.Compares {
		item, found := s.items.Get(c.Key)
		result.Succeeded = result.Succeeded && c.holds(item, found)
	}
	ops := t.Then
	if !result.Succeeded {
		ops = t.Else
	}
	var undo []held
	sizeBytes, items := 0, 0
	for i, op := range ops {
		var one Result
		if op.Query != nil {
			one = s.Read(*op.Query)
		} else {
			undo = append(undo, s.held(op.Key))
			one = s.write(index, op.write(), change)
		}
		sizeBytes += one.bytes()
		items += len(one.Items)
		if sizeBytes > limits.ResultBytesMax || items > limits.RangeItemsMax {
			one.Code = ResultTooLarge
		}
		if one.Code != Done {
			s.takeBack(undo)
			change.Items = nil
			return Result{Code: one.Code, Succeeded: result.Succeeded, FailedOp: i}
		}
		result.Results = append(result.Results, one)
	}
	return result
}

// holds reports whether the condition is true for what its key holds.
func (c Compare) holds(item Item, found bool) bool {
	switch c.Target {
	case Value:
		if !found {
			return c.Relation == NotEqual
		}
		return related(item.Value, c.Relation, c.Value)
	case Revision:
		return related(item.Revision, c.Relation, c.Revision)
	case Exists:
		return found == (c.Relation == Equal)
	default:
		panic(fmt.Sprintf("kv: target %d", uint8(c.Target)))
	}
}

func related[T string | uint64](a T, r Relation, b T) bool {
	switch r {
	case Equal:
		return a == b
	case NotEqual:
		return a != b
	case Less:
		return a < b
	case Greater:
		return a > b
	default:
		panic(fmt.Sprintf("kv: relation %d", uint8(r)))
	}
}

// held is what a key held before an operation.
type held struct {
	key   string
	item  Item
	found bool
}

func (s *Store) held(key string) held {
	item, found := s.items.Get(key)
	return held{key, item, found}
}

// takeBack undoes operations, the latest first.
func (s *Store) takeBack(undo []held) {
	var discarded Change
	for i := len(undo) - 1; i >= 0; i-- {
		if h := undo[i]; h.found {
			s.set(h.key, h.item, &discarded)
		} else {
			s.remove(h.key, &discarded)
		}
	}
}

// add returns the sum of the number that text is and delta.
func add(text string, delta int64) (int64, Code) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, NotNumber
	}
	sum := n + delta
	if (sum > n) != (delta > 0) {
		return 0, OutOfRange
	}
	return sum, Done
}
