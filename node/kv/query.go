package kv

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"senkei/node/limits"
)

// Query asks for a part of the state: one key, or the keys of a range in ascending order
// of their bytes.
type Query struct {
	// Key is the key to read or, for a range, its first key; a range from "" begins with the
	// first key there is.
	Key string `cbor:"1,keyasint,omitempty"`
	// Range asks for the keys from Key up to, not including, End; an empty End has no bound.
	Range bool   `cbor:"2,keyasint,omitempty"`
	End   string `cbor:"3,keyasint,omitempty"`
	// Limit bounds how many items a range returns; 0 means limits.RangeItemsMax.
	Limit int `cbor:"4,keyasint,omitempty"`
}

// Prefix asks for all keys that begin with p.
func Prefix(p string) Query {
	return Query{Key: p, Range: true, End: prefixEnd(p)}
}

// prefixEnd returns the first UTF-8 text after all that begin with p, or "" if there is
// none. In UTF-8 the order of bytes is that of code points, so it ends with the code point
// after p's last one; the highest of all has none after it, and is left out.
func prefixEnd(p string) string {
	const beforeSurrogates, afterSurrogates = '\ud7ff', '\ue000'
	for p != "" {
		last, size := utf8.DecodeLastRuneInString(p)
		p = p[:len(p)-size]
		switch last {
		case utf8.MaxRune:
			continue
		case beforeSurrogates:
			return p + string(afterSurrogates)
		default:
			return p + string(last+1)
		}
	}
	return ""
}

// boundBytesMax bounds the ends of a range: one byte more than a key, for what comes right
// after the longest.
const boundBytesMax = limits.KeyBytesMax + 1

// Validate says what is wrong with a query that a store cannot answer.
func (q Query) Validate() error {
	if !q.Range {
		if q.End != "" || q.Limit != 0 {
			return errors.New("a read of one key has neither an end nor a limit")
		}
		return validKey(q.Key)
	}
	if err := validText("first key of the range", q.Key, boundBytesMax); err != nil {
		return err
	}
	if err := validText("end of the range", q.End, boundBytesMax); err != nil {
		return err
	}
	switch {
	case q.End != "" && q.End < q.Key:
		return errors.New("the range ends before its first key")
	case q.Limit < 0 || q.Limit > limits.RangeItemsMax:
		return fmt.Errorf("the limit of a range is a number up to %d, not %d", limits.RangeItemsMax, q.Limit)
	}
	return nil
}

func (q Query) bytes() int { return len(q.Key) + len(q.End) }

// Read answers a valid query.
func (s *Store) Read(q Query) Result {
	if q.Range {
		return s.readRange(q)
	}
	item, found := s.items.Get(q.Key)
	return Result{Code: Done, Value: item.Value, Found: found, Revision: item.Revision}
}

func (s *Store) readRange(q Query) Result {
	limit := q.Limit
	if limit == 0 {
		limit = limits.RangeItemsMax
	}
	result := Result{Code: Done}
	sizeBytes := 0
	s.items.Ascend(q.Key, func(key string, item Item) bool {
		if q.End != "" && key >= q.End {
			return false
		}
		sizeBytes += len(key) + len(item.Value)
		if n := len(result.Items); n == limit || n > 0 && sizeBytes > limits.RangeBytesMax {
			result.More = true
			return false
		}
		result.Items = append(result.Items, ItemRecord{Key: key, Item: item})
		return true
	})
	return result
}
